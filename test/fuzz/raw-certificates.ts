// Certificates that a key holder can make who keeps to no rule, and everything that is done with a certificate.
import { describeKey } from '../../plugin/keyserver/description.js'
import { indexLines } from '../../plugin/keyserver/index-lines.js'
import { indexObject } from '../../adapters/http/hkp2-objects.js'
import {
  claimedKeyIds,
  mergeCertificates,
  nextChange,
  withoutEndedSubkeys,
  withoutUnapproved,
  type Certificate,
  type SecretKey,
} from '../../plugin/openpgp/index.js'
import { buildCertificate, parseCertificate } from '../../plugin/openpgp/certificate.js'
import { parsePublicKey } from '../../plugin/openpgp/public-key.js'
import {
  boundOctets,
  certifiedOctets,
  parseSignature,
  signatureType,
  type Signature,
} from '../../plugin/openpgp/signature.js'
import { makeSignature } from '../../plugin/openpgp/signing.js'
import { parseSubpackets, type Subpacket } from '../../plugin/openpgp/subpackets.js'
import { PluginError } from '../../plugin/errors.js'
import type { Domain, RingEntry } from '../../plugin/ports.js'
import { primarySigner, today } from '../_certificates.js'
import { Finding } from './target.js'

/** What is signed: a user ID, a subkey, or the key's own revocation; or subpackets for the signatures that follow. */
export interface Part {
  readonly kind: 'userId' | 'subkey' | 'subpackets' | 'revocation'
  readonly octets: Buffer
}

const kinds = ['userId', 'subkey', 'subpackets', 'revocation'] as const

/** Parts as an input: a kind, two octets of length, and so many octets. */
export function encodeParts(parts: readonly Part[]): Buffer {
  return Buffer.concat(
    parts.flatMap(({ kind, octets }) => [
      Buffer.of(kinds.indexOf(kind), octets.length >> 8, octets.length & 0xff),
      octets,
    ]),
  )
}

/** Any octets as parts: a length beyond the end means what is there. */
export function partsOf(input: Buffer): Part[] {
  const parts: Part[] = []
  for (let at = 0; at + 3 <= input.length;) {
    const kind = kinds[(input[at] ?? 0) % kinds.length] ?? 'userId'
    const octets = input.subarray(at + 3, at + 3 + input.readUInt16BE(at + 1))
    parts.push({ kind, octets })
    at += 3 + octets.length
  }
  return parts
}

/** A certificate of these parts, each signed by its key. @throws PluginError for parts that no reader takes */
export function certificateOf(key: SecretKey, parts: readonly Part[]): Certificate {
  const { primary } = key.certificate
  const sign = (type: number, octets: Buffer) =>
    readSignature(makeSignature(primarySigner(key), type, octets, today, more))
  let more: readonly Subpacket[] = []
  const [signatures, userIds, subkeys] = [[], [], []] as [
    Certificate['signatures'][number][],
    Certificate['userIds'][number][],
    Certificate['subkeys'][number][],
  ]
  for (const { kind, octets } of parts) {
    if (kind === 'subpackets') more = parseSubpackets(octets)
    if (kind === 'revocation') {
      more = parseSubpackets(octets)
      signatures.push(sign(signatureType.keyRevocation, primary.hashed))
    }
    if (kind === 'userId') {
      const signed = sign(signatureType.positiveCertification, certifiedOctets(primary, octets))
      userIds.push({ userId: octets.toString(), packet: octets, signatures: [signed] })
    }
    if (kind === 'subkey') {
      const subkey = parsePublicKey(octets)
      subkeys.push({
        key: subkey,
        signatures: [sign(signatureType.subkeyBinding, boundOctets(primary, subkey))],
      })
    }
  }
  return parseCertificate(buildCertificate({ primary, signatures, userIds, subkeys }).octets)
}

// Subpackets that no reader takes make a signature that is none.
function readSignature(body: Buffer): Signature {
  const read = parseSignature(body)
  if (read === null) throw new PluginError('bad-format', 'It is no signature.')
  return read
}

/** Everything that is done with a certificate once it is taken in, when nothing of it may be refused any more. */
export async function judged(certificate: Certificate): Promise<string> {
  const kept = await mergeCertificates(null, certificate, () => null)
  try {
    return await used(kept)
  } catch (error) {
    if (!(error instanceof PluginError)) throw error
    throw new Finding(`A certificate that was taken in is refused later: ${error.message}`)
  }
}

async function used(kept: Certificate): Promise<string> {
  nextChange(kept, today)
  claimedKeyIds(kept)
  for (const part of [withoutEndedSubkeys(kept, today), withoutUnapproved(kept, [])]) await show(part)
  return show(kept)
}

async function show({ fingerprint, octets }: Certificate): Promise<string> {
  const about = { fingerprint, subject: fingerprint, kind: 'ended', domain: 'a.example' as Domain } as const
  const entry: RingEntry = { ...about, certificate: octets, changed: today }
  const clock = { now: () => today, steady: () => today, after: () => () => undefined }
  const description = await describeKey({ doubt: () => Promise.resolve(null), clock }, entry)
  indexObject(description)
  indexLines([description])
  return description.state
}
