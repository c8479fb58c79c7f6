// What a certificate's own signatures make of it: ends, revocations, and keys that never agreed to belong to it.
import t from 'tap'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import {
  addRoutingKey,
  generateServerKey,
  generateUserKey,
  keyFlag,
  standingOf,
  type Certificate,
} from '../../../plugin/openpgp/index.js'
import { buildCertificate } from '../../../plugin/openpgp/certificate.js'
import { bindSubkey } from '../../../plugin/openpgp/new-certificate.js'
import { uint32 } from '../../../plugin/openpgp/packets.js'
import { algorithm } from '../../../plugin/openpgp/public-key.js'
import { generateKey } from '../../../plugin/openpgp/secret-key.js'
import { boundOctets, ensureSignature, signatureType } from '../../../plugin/openpgp/signature.js'
import { makeSignature } from '../../../plugin/openpgp/signing.js'
import { subpacket, subpacketType } from '../../../plugin/openpgp/subpackets.js'
import {
  day,
  hour,
  lifetime,
  primarySigner,
  revokedKey,
  revokedSubkey,
  signedBy,
  today,
} from '../../_certificates.js'

const server = generateServerKey(parseDomain('a.example'), today)
const alice = generateUserKey(parseUserAddress('alice@a.example'), today)
const mallory = generateUserKey(parseUserAddress('mallory@c.example'), today)
const stateOf = async (certificate: Certificate, now: number) => (await standingOf(certificate, now)).state
const flagsAt = async (certificate: Certificate, now: number) =>
  (await standingOf(certificate, now)).keys.map(key => key.flags)

t.test('a fresh certificate is valid, with its keys and what they are for', async t => {
  const standing = await standingOf(server.certificate, today)
  t.equal(standing.state, 'valid')
  t.same(
    standing.keys.map(key => key.flags),
    [keyFlag.certify, keyFlag.sign, keyFlag.encrypt],
  )
  t.equal(standing.keys[2]?.notAfter, today + 14 * day)
})

t.test('a certificate of the future is not valid yet, but for the tolerance of clocks', async t => {
  t.equal(await stateOf(alice.certificate, today - hour), 'unsigned')
  t.equal(await stateOf(alice.certificate, today - 60_000), 'valid')
})

t.test('a revoked key is revoked at any time', async t => {
  const revoked = revokedKey(alice, today + day)
  t.equal(await stateOf(revoked, today + 2 * day), 'revoked')
  t.equal(await stateOf(revoked, today), 'revoked')
})

t.test('nobody else can revoke a key', async t => {
  const foreign = revokedKey(mallory, today).signatures
  const certificate = buildCertificate({ ...alice.certificate, signatures: foreign })
  t.equal(await stateOf(certificate, today), 'valid')
})

t.test('a revoked subkey is not used any more', async t => {
  t.same(await flagsAt(revokedSubkey(alice, today), today), [keyFlag.certify | keyFlag.sign])
})

t.test('a key that says when it ends, ends', async t => {
  const ending = signedBy(primarySigner(alice), alice.certificate, today + 1000, [
    subpacket(subpacketType.keyExpires, uint32((30 * day) / 1000)),
  ])
  t.equal(await stateOf(ending, today + 29 * day), 'valid')
  t.equal(await stateOf(ending, today + 30 * day), 'expired')
})

t.test('a newer self-signature that has ended is not replaced by an older one', async t => {
  const ended = signedBy(primarySigner(alice), alice.certificate, today + day, [lifetime(3600)])
  t.equal(await stateOf(ended, today + 2 * day), 'unsigned')
})

t.test('a user ID that the holder revoked is not claimed, and is again when he signs it anew', async t => {
  const revoked = signedBy(
    primarySigner(alice),
    alice.certificate,
    today + day,
    [],
    signatureType.certificationRevocation,
  )
  t.equal(await stateOf(revoked, today + 2 * day), 'unsigned')
  t.equal(await stateOf(signedBy(primarySigner(alice), revoked, today + 2 * day), today + 3 * day), 'valid')
})

t.test('a signing subkey without its own consent is not used', async t => {
  const stolen = generateKey(algorithm.eddsaLegacy, today)
  const octets = boundOctets(alice.certificate.primary, stolen.key)
  const flags = subpacket(subpacketType.keyFlags, Buffer.of(keyFlag.sign))
  const body = makeSignature(primarySigner(alice), signatureType.subkeyBinding, octets, today, [flags])
  const subkeys = [{ key: stolen.key, signatures: [ensureSignature(body)] }]
  t.same(await flagsAt(buildCertificate({ ...alice.certificate, subkeys }), today), [3])
})

t.test('a consent to another certificate does not count', async t => {
  const signing = generateKey(algorithm.eddsaLegacy, today)
  const elsewhere = bindSubkey(primarySigner(mallory), signing, keyFlag.sign, null, today)
  const back =
    elsewhere.signatures[0]?.hashed.filter(item => item.type === subpacketType.embeddedSignature) ?? []
  const flags = subpacket(subpacketType.keyFlags, Buffer.of(keyFlag.sign))
  const octets = boundOctets(alice.certificate.primary, signing.key)
  const body = makeSignature(primarySigner(alice), signatureType.subkeyBinding, octets, today, [
    flags,
    ...back,
  ])
  const subkeys = [{ key: signing.key, signatures: [ensureSignature(body)] }]
  t.same(await flagsAt(buildCertificate({ ...alice.certificate, subkeys }), today), [3])
})

t.test('a binding of one kind is not taken for another', async t => {
  const { subkeys } = alice.certificate
  const octets = boundOctets(alice.certificate.primary, subkeys[0]?.key ?? alice.certificate.primary)
  const body = makeSignature(primarySigner(alice), signatureType.primaryBinding, octets, today)
  const wrong = subkeys.map(item => ({ ...item, signatures: [ensureSignature(body)] }))
  t.same(await flagsAt(buildCertificate({ ...alice.certificate, subkeys: wrong }), today), [3])
})

t.test('a signature with something critical that is unknown is not taken', async t => {
  const unknown = [subpacket(99, Buffer.alloc(1), true)]
  const harmless = [subpacket(99, Buffer.alloc(1))]
  const bare = buildCertificate({
    ...alice.certificate,
    userIds: alice.certificate.userIds.map(item => ({ ...item, signatures: [] })),
  })
  t.equal(await stateOf(signedBy(primarySigner(alice), bare, today, unknown), today), 'unsigned')
  t.equal(await stateOf(signedBy(primarySigner(alice), bare, today, harmless), today), 'valid')
})

t.test('routing keys end after two weeks and overlap for one', async t => {
  const rotated = addRoutingKey(server, today + 7 * day).certificate
  t.equal((await standingOf(rotated, today + 8 * day)).keys.length, 4)
  t.equal((await standingOf(rotated, today + 15 * day)).keys.length, 3)
  t.equal((await standingOf(rotated, today + 22 * day)).keys.length, 2)
})
