// Merging: the same in any order, a revocation never lost, nothing of others' that was not verified.
import fc from 'fast-check'
import t from 'tap'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import {
  addRoutingKey,
  generateServerKey,
  generateUserKey,
  mergeCertificates,
  parseCertificate,
  standingOf,
  withoutEndedSubkeys,
  type Certificate,
  type KnownIssuer,
  type SecretKey,
} from '../../../plugin/openpgp/index.js'
import { buildCertificate } from '../../../plugin/openpgp/certificate.js'
import { encodePacket, packetType } from '../../../plugin/openpgp/packets.js'
import { issuerKeyIdOf, signatureType } from '../../../plugin/openpgp/signature.js'
import {
  day,
  firstUserId,
  primarySigner,
  revokedKey,
  revokedSubkey,
  signedBy,
  today,
  withUserId,
} from '../../_certificates.js'

const server = generateServerKey(parseDomain('a.example'), today)
const authority = generateServerKey(parseDomain('b.example'), today)
const junk = generateUserKey(parseUserAddress('junk@c.example'), today)
const authorityKey = authority.certificate.primary
const known: KnownIssuer = signature =>
  issuerKeyIdOf(signature) === authorityKey.keyId ? authorityKey : null
const rotated = addRoutingKey(server, today + 7 * day)
const revocation = signatureType.certificationRevocation

// Everything that may be known of one certificate, here and there.
const views: Certificate[] = [
  server.certificate,
  rotated.certificate,
  revokedSubkey(server, today + day),
  signedBy(primarySigner(authority), server.certificate, today),
  signedBy(primarySigner(authority), server.certificate, today + day),
  signedBy(primarySigner(authority), rotated.certificate, today + 2 * day, [], revocation),
  signedBy(primarySigner(server), server.certificate, today + 3 * day),
  withUserId(server, 'second', today),
  revokedKey(server, today + 5 * day),
]

async function mergeAll(order: readonly Certificate[]): Promise<Certificate | null> {
  let merged: Certificate | null = null
  for (const view of order) merged = await mergeCertificates(merged, view, known)
  return merged
}

t.test('in any order, any number of times, the same octets come out', async t => {
  const expected = await mergeAll(views)
  const orders = fc.shuffledSubarray([...views, ...views], { minLength: 2 * views.length })
  await fc.assert(
    fc.asyncProperty(orders, async order =>
      (await mergeAll(order))?.octets.equals(expected?.octets ?? Buffer.alloc(0)),
    ),
    { numRuns: 30 },
  )
  t.same(parseCertificate(expected?.octets ?? Buffer.alloc(0)), expected)
})

t.test('a revocation once merged stays, whatever comes', async t => {
  for (const order of [views, [...views].reverse()]) {
    const merged = await mergeAll(order)
    t.equal(merged && (await standingOf(merged, today + 6 * day)).state, 'revoked')
  }
})

t.test('of several certifications by one issuer the newest stays, and his revocation beside it', async t => {
  const merged = await mergeAll(views.slice(3, 6))
  const foreign =
    merged && firstUserId(merged).signatures.filter(item => issuerKeyIdOf(item) === authorityKey.keyId)
  t.same(
    foreign?.map(item => [item.type, item.created * 1000]).sort(),
    [
      [signatureType.genericCertification, today + day],
      [revocation, today + 2 * day],
    ].sort(),
  )
})

t.test('a certification by an unknown issuer does not get in', async t => {
  const signed = signedBy(primarySigner(junk), server.certificate, today)
  t.same(
    await mergeCertificates(null, signed, known),
    await mergeCertificates(null, server.certificate, known),
  )
})

t.test('a signature that only claims to be by a known issuer does not get in', async t => {
  const forged = signedBy({ ...primarySigner(junk), key: authorityKey }, server.certificate, today)
  t.equal(firstUserId(forged).signatures.length, 2)
  t.equal(firstUserId(await mergeCertificates(null, forged, known)).signatures.length, 1)
})

t.test('a user ID and a subkey that nobody signed do not get in', async t => {
  const spoofed = Buffer.concat([
    server.certificate.octets,
    encodePacket(packetType.userId, Buffer.from('b.example <openpgp-ca@b.example>')),
    encodePacket(packetType.publicSubkey, junk.certificate.primary.body),
  ])
  const merged = await mergeCertificates(null, parseCertificate(spoofed), known)
  t.equal(merged.userIds.length, 1)
  t.equal(merged.subkeys.length, 2)
})

t.test('a signing subkey without its own consent does not get in', async t => {
  const [signing] = server.certificate.subkeys
  const stripped =
    signing?.signatures.map(item => ({ ...item, hashed: item.hashed.filter(one => one.type !== 32) })) ?? []
  const subkeys = signing ? [{ ...signing, signatures: stripped }] : []
  const merged = await mergeCertificates(null, { ...server.certificate, subkeys }, known)
  t.equal(merged.subkeys.length, 0)
})

t.test('octets that anybody can add to a signature do not displace the signature as it was made', async t => {
  const clean = await mergeCertificates(null, server.certificate, known)
  const [signature] = firstUserId(server.certificate).signatures
  const body = signature?.body ?? Buffer.alloc(0)
  const end = 6 + body.readUInt16BE(4)
  const blown = Buffer.concat([
    body.subarray(0, end),
    Buffer.from('0004030bffff', 'hex'),
    body.subarray(end + 2),
  ])
  const octets = Buffer.concat([
    encodePacket(packetType.publicKey, server.certificate.primary.body),
    encodePacket(packetType.userId, firstUserId(server.certificate).packet),
    encodePacket(packetType.signature, blown),
  ])
  const incoming = parseCertificate(octets)
  t.equal((await standingOf(incoming, today)).state, 'valid')
  t.same(await mergeCertificates(clean, incoming, known), clean)
  t.same(
    await mergeCertificates(await mergeCertificates(null, incoming, known), server.certificate, known),
    clean,
  )
})

t.test('two certificates are not merged', async t => {
  await t.rejects(mergeCertificates(server.certificate, junk.certificate, known), {
    code: 'certificate-invalid',
  })
})

t.test('a result over the limit is refused', async t => {
  const base = await mergeCertificates(null, server.certificate, known)
  const long = buildCertificate({
    ...base,
    userIds: Array.from({ length: 10 }, (_, at) => ({
      userId: '',
      packet: Buffer.alloc(7_000, at + 1),
      signatures: [],
    })),
  })
  await t.rejects(mergeCertificates(long, server.certificate, known), { code: 'certificate-invalid' })
})

t.test('what could not be read again is not merged', async t => {
  const bare = {
    certificate: buildCertificate({ ...server.certificate, subkeys: [] }),
    secrets: server.secrets,
  }
  const halves = [0, 1].map(half => {
    let key: SecretKey = bare
    for (let week = 0; week < 20; week++) key = addRoutingKey(key, today + half * day)
    return key.certificate
  })
  const [one, other] = halves as [Certificate, Certificate]
  const stored = await mergeCertificates(null, one, known)
  t.equal(stored.subkeys.length, 20)
  await t.rejects(mergeCertificates(stored, other, known), {
    code: 'certificate-invalid',
    message: /too long/,
  })
})

t.test('subkeys that have ended are left out, revoked ones never', async t => {
  const merged = await mergeCertificates(rotated.certificate, revokedSubkey(server, today + day), known)
  t.equal(merged.subkeys.length, 3)
  t.equal(withoutEndedSubkeys(merged, today + 8 * day), merged, 'nothing has ended yet')
  t.equal(withoutEndedSubkeys(merged, today + 22 * day).subkeys.length, 2, 'the signing and the revoked one')
})
