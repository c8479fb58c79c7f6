// Merging what two sources know of one certificate: nothing verified is lost, nothing unverified gets in.
// RFC 9580 s10.1 for the order of packets; which of several signatures stays is this project's rule.
import { PluginError } from '../errors.js'
import { approvalIn, isCertification } from './approval.js'
import {
  buildCertificate,
  parseCertificate,
  type Certificate,
  type Subkey,
  type UserId,
} from './certificate.js'
import { isSoftRevocation } from './key-revocation.js'
import type { PublicKey } from './public-key.js'
import { boundOctets, certifiedOctets, issuerKeyIdOf, signatureType, type Signature } from './signature.js'
import { verifySignature } from './signing.js'
import { flagsOf, hasBackSignature, keyFlag } from './standing.js'
import { findIssuer } from './subpackets.js'

/**
 * The primary key of an issuer whose certifications are kept, by the signature's claim; `null` where they are not.
 * The merge verifies the signature itself.
 */
export type KnownIssuer = (signature: Signature) => PublicKey | null

const keyTypes: readonly number[] = [signatureType.directKey, signatureType.keyRevocation]
const userIdTypes: readonly number[] = [0x10, 0x11, 0x12, 0x13, signatureType.certificationRevocation]
const ownUserIdTypes: readonly number[] = [...userIdTypes, signatureType.approval]
const subkeyTypes: readonly number[] = [signatureType.subkeyBinding, signatureType.subkeyRevocation]

/**
 * Merges what came in into what is stored, or cleans what came in where nothing is stored yet. Signatures that are
 * stored stay; others are verified first. Of several by one issuer for one purpose the newest stays, so a revocation
 * stays for ever. Merging in any order gives the same octets.
 * @param approvedIssuer as `knownIssuer`, for whose certifications are kept only where the key holder approves of them
 * @throws PluginError `certificate-invalid` when the two are not the same key, or the result is more than can be read again
 */
export async function mergeCertificates(
  stored: Certificate | null,
  incoming: Certificate,
  knownIssuer: KnownIssuer,
  approvedIssuer: KnownIssuer = () => null,
): Promise<Certificate> {
  if (stored !== null && stored.fingerprint !== incoming.fingerprint) {
    throw new PluginError('certificate-invalid', 'Two different certificates cannot be merged.')
  }
  const merged = union(stored, await clean(stored, incoming, knownIssuer, approvedIssuer))
  // What was read, without some of it, can be read again.
  return stored === null && merged.octets.length <= incoming.octets.length ? merged : readable(merged)
}

type Parts = Omit<Certificate, 'fingerprint' | 'octets'>

// What is stored and cannot be read again would lock its owner out for ever.
function readable(merged: Certificate): Certificate {
  try {
    parseCertificate(merged.octets)
  } catch (cause) {
    throw new PluginError('certificate-invalid', 'The merged certificate is too long.', { cause })
  }
  return merged
}

async function clean(
  stored: Certificate | null,
  certificate: Certificate,
  knownIssuer: KnownIssuer,
  approvedIssuer: KnownIssuer,
): Promise<Parts> {
  const { primary } = certificate
  const own: Verify = (signature, octets) => verifySignature(signature, primary, octets)
  const signatures = await keep(certificate.signatures, item => isOneOf(item, keyTypes, own, primary.hashed))
  const userIds: UserId[] = []
  for (const item of certificate.userIds) {
    const octets = certifiedOctets(primary, item.packet)
    const self = await keep(item.signatures, signature => isOneOf(signature, ownUserIdTypes, own, octets))
    if (self.length === 0) continue
    const known = stored?.userIds.find(({ packet }) => packet.equals(item.packet))?.signatures ?? []
    const issuerOf = withApproved([...known, ...self], item, knownIssuer, approvedIssuer)
    userIds.push({ ...item, signatures: [...self, ...(await byOthers(primary, item, octets, issuerOf))] })
  }
  return { primary, signatures, userIds, subkeys: await cleanSubkeys(certificate, own) }
}

function byOthers(
  primary: PublicKey,
  userId: UserId,
  octets: Buffer,
  issuerOf: KnownIssuer,
): Signature[] | Promise<Signature[]> {
  return keep(userId.signatures, signature => {
    const issuer = issuerOf(signature)
    if (issuer === null || issuer.fingerprint === primary.fingerprint) return false
    return isOneOf(signature, userIdTypes, (other, signed) => verifySignature(other, issuer, signed), octets)
  })
}

// Whoever has an approved certification may take it back, without asking for approval again. What is not covered by a
// signature may name anybody as its issuer, and counts for nobody.
function withApproved(
  verified: readonly Signature[],
  { signatures }: UserId,
  knownIssuer: KnownIssuer,
  approvedIssuer: KnownIssuer,
): KnownIssuer {
  if (!verified.some(({ type }) => type === signatureType.approval)) return knownIssuer
  const approves = approvalIn(verified)
  const all = [...verified, ...signatures.filter(({ hashed }) => findIssuer(hashed) !== null)]
  const approved = new Set(all.filter(item => isCertification(item) && approves(item)).map(issuerKeyIdOf))
  return signature => {
    const known = knownIssuer(signature)
    if (known !== null || !approved.has(issuerKeyIdOf(signature))) return known
    return isCertification(signature) && !approves(signature) ? null : approvedIssuer(signature)
  }
}

type Verify = (signature: Signature, octets: Buffer) => boolean | Promise<boolean>

async function cleanSubkeys({ primary, subkeys }: Certificate, own: Verify): Promise<Subkey[]> {
  const found: Subkey[] = []
  for (const { key, signatures } of subkeys) {
    const octets = boundOctets(primary, key)
    const bound = await keep(signatures, item => isOneOf(item, subkeyTypes, own, octets))
    const kept = bound.some(maySign)
      ? await keep(bound, item => !maySign(item) || hasBackSignature(item, primary, key))
      : bound
    if (kept.length > 0) found.push({ key, signatures: kept })
  }
  return found
}

// Whether a signature lets a subkey sign, to which that subkey must have agreed.
function maySign(item: Signature): boolean {
  return item.type === signatureType.subkeyBinding && (flagsOf(item) & keyFlag.sign) !== 0
}

function isOneOf(
  item: Signature,
  types: readonly number[],
  verify: Verify,
  octets: Buffer,
): boolean | Promise<boolean> {
  return types.includes(item.type) && verify(item, octets)
}

// Without a promise where there is nothing to wait for: most signatures are checked at once.
function keep(
  signatures: readonly Signature[],
  test: (item: Signature) => boolean | Promise<boolean>,
): Signature[] | Promise<Signature[]> {
  const verdicts = signatures.map(test)
  const kept = (good: readonly unknown[]): Signature[] => signatures.filter((_, at) => good[at] === true)
  return verdicts.some(verdict => typeof verdict !== 'boolean')
    ? Promise.all(verdicts.map(verdict => Promise.resolve(verdict))).then(kept)
    : kept(verdicts)
}

function union(stored: Parts | null, incoming: Parts): Certificate {
  const all = stored === null ? [incoming] : [stored, incoming]
  const userIds = groupBy(
    all.flatMap(each => each.userIds),
    item => item.packet.toString('hex'),
  )
  const subkeys = groupBy(
    all.flatMap(each => each.subkeys),
    item => item.key.body.toString('hex'),
  )
  return buildCertificate({
    primary: incoming.primary,
    signatures: newestOfEach(all.flatMap(each => each.signatures)),
    userIds: userIds.map(([first, same]) => ({ ...first, signatures: joined(same) })),
    subkeys: subkeys.map(([first, same]) => ({ ...first, signatures: joined(same) })),
  })
}

function joined(items: readonly { signatures: readonly Signature[] }[]): readonly Signature[] {
  return newestOfEach(items.flatMap(item => item.signatures))
}

// One issuer, one purpose (all kinds of certification are one purpose): the newest stays. That a key was stolen is not
// taken back by whoever has it and says later that it was merely replaced.
function newestOfEach(signatures: readonly Signature[]): readonly Signature[] {
  if (signatures.length < 2) return signatures
  const groups = groupBy(signatures, item => {
    const purpose = item.type <= 0x13 ? signatureType.genericCertification : item.type
    return `${String(purpose)} ${issuerKeyIdOf(item)}${isSoftRevocation(item) ? ' soft' : ''}`
  })
  return groups.map(([first, same]) =>
    same.reduce((best, item) => (isNewer(item, best) ? item : best), first),
  )
}

// Anyone can blow up the unhashed part of a signature: among equals the shorter stays, then the one that sorts first.
function isNewer(one: Signature, other: Signature): boolean {
  if (one.created !== other.created) return one.created > other.created
  if (one.body.length !== other.body.length) return one.body.length < other.body.length
  return one.body.compare(other.body) < 0
}

// Groups in the order of their names, so that the same parts give the same octets.
function groupBy<Item>(items: readonly Item[], nameOf: (item: Item) => string): [Item, Item[]][] {
  const [only] = items
  if (items.length === 1 && only !== undefined) return [[only, [only]]]
  const groups = new Map<string, [Item, Item[]]>()
  for (const item of items) {
    const name = nameOf(item)
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [item, [item]])
    else group[1].push(item)
  }
  return [...groups.entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, group]) => group)
}
