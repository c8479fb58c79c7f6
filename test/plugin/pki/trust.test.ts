// Verdicts: each reason for distrust, and that no certification reaches beyond the domain of who made it.
import t from 'tap'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import {
  certifyServer,
  certifyUserId,
  generateServerKey,
  generateUserKey,
  parseCertificate,
  type Certificate,
  type ServerKey,
} from '../../../plugin/openpgp/index.js'
import { createAuthority, mailboxKeyOf, serverTrusted, userTrusted } from '../../../plugin/pki/index.js'
import type { Domain } from '../../../plugin/ports.js'
import { addUserIdSignature } from '../../../plugin/openpgp/index.js'
import { subpacket, subpacketType } from '../../../plugin/openpgp/subpackets.js'
import {
  day,
  firstUserId,
  lifetime,
  primarySigner,
  revokedKey,
  signedBy,
  today,
  withUserId,
} from '../../_certificates.js'
import { createVirtualClock } from '../../_virtual-clock.js'

const [a, b, c] = ['a.example', 'b.example', 'c.example'].map(parseDomain) as [Domain, Domain, Domain]
const own = generateServerKey(a, today)
const peer = generateServerKey(b, today)
const bobAddress = parseUserAddress('bob@b.example')
const bob = generateUserKey(bobAddress, today)
const clock = createVirtualClock(today)
const mailboxKey = Buffer.alloc(32, 5)
const countersigned = parseCertificate(
  await createAuthority(own, a, clock).countersign(peer.certificate.octets, b),
)
const certified = parseCertificate(
  await createAuthority(peer, b, clock).certifyUser(bob.certificate.octets, bobAddress, mailboxKey),
)
const distrusted = (reason: string) => ({ trusted: false, reason })

function certify(by: ServerKey, certificate: Certificate): Certificate {
  const userId = firstUserId(certificate)
  const body = certifyUserId(
    primarySigner(by),
    certificate.primary,
    userId,
    { key: mailboxKey, copy: null },
    today,
  )
  return addUserIdSignature(certificate, userId, body)
}

t.test('a countersigned server is trusted for 180 days', async t => {
  t.equal((await serverTrusted(own.certificate, countersigned, b, today)).trusted, true)
  t.equal((await serverTrusted(own.certificate, countersigned, b, today + 180 * day - 1000)).trusted, true)
  const ended = await serverTrusted(own.certificate, countersigned, b, today + 180 * day)
  t.same(ended, distrusted('certification-ended'))
})

t.test('a server that is not countersigned is not', async t => {
  t.same(await serverTrusted(own.certificate, peer.certificate, b, today), distrusted('not-certified'))
  const third = generateServerKey(c, today).certificate
  t.same(await serverTrusted(third, countersigned, b, today), distrusted('not-certified'))
})

t.test('nor for another domain than its own', async t => {
  t.same(await serverTrusted(own.certificate, countersigned, c, today), distrusted('other-user-id'))
})

t.test('nor with a second user ID beside its own', async t => {
  const more = withUserId({ ...peer, certificate: countersigned }, 'c.example <openpgp-ca@c.example>', today)
  t.same(await serverTrusted(own.certificate, more, b, today), distrusted('other-user-id'))
  t.same(await serverTrusted(own.certificate, more, c, today), distrusted('other-user-id'))
})

t.test('nor when revoked', async t => {
  const revoked = revokedKey({ ...peer, certificate: countersigned }, today)
  t.same(await serverTrusted(own.certificate, revoked, b, today), distrusted('revoked'))
})

t.test('a countersignature with another scope, or none, is none', async t => {
  const signer = primarySigner(own)
  const userId = firstUserId(peer.certificate)
  const elsewhere = certifyServer(signer, peer.certificate.primary, userId, c, today)
  const wide = addUserIdSignature(peer.certificate, userId, elsewhere)
  t.same(await serverTrusted(own.certificate, wide, b, today), distrusted('scope-wrong'))
  const plain = signedBy(signer, peer.certificate, today)
  t.same(await serverTrusted(own.certificate, plain, b, today), distrusted('scope-wrong'))
  const deep = subpacket(subpacketType.trust, Buffer.of(2, 120), true)
  t.same(
    await serverTrusted(own.certificate, signedBy(signer, peer.certificate, today, [deep]), b, today),
    distrusted('scope-wrong'),
  )
})

t.test('the scope has the addresses of pseudonyms where the domain can have some', async t => {
  const { primary } = peer.certificate
  const scopeOf = (domain: string): string => {
    const userId = firstUserId(peer.certificate)
    const body = certifyServer(primarySigner(own), primary, userId, parseDomain(domain), today)
    return /\^xmpp:[^$]*\$/u.exec(body.toString('latin1'))?.[0] ?? ''
  }
  t.equal(scopeOf('b.example'), '^xmpp:[^@/]+@(b\\.example|p3do\\.b\\.example)$')
  t.equal(scopeOf('example'), '^xmpp:[^@/]+@example$')
})

t.test('a certified user is trusted for 90 days', async t => {
  t.equal((await userTrusted(certified, bobAddress, countersigned, today)).trusted, true)
  t.same(await mailboxKeyOf(certified, bobAddress, countersigned, today), mailboxKey)
  const later = today + 90 * day
  t.equal((await userTrusted(certified, bobAddress, countersigned, later - 1000)).trusted, true)
  t.same(await userTrusted(certified, bobAddress, countersigned, later), distrusted('certification-ended'))
  t.equal(await mailboxKeyOf(certified, bobAddress, countersigned, later), null)
})

t.test('an uncertified user is not', async t => {
  t.same(await userTrusted(bob.certificate, bobAddress, countersigned, today), distrusted('not-certified'))
})

t.test('a certificate is trusted for its own address only', async t => {
  for (const other of ['alice@b.example', 'bob@c.example', 'bob@sub.b.example']) {
    t.equal(
      (await userTrusted(certified, parseUserAddress(other), countersigned, today)).trusted,
      false,
      other,
    )
  }
})

t.test('an authority certifies nobody of another domain', async t => {
  const aliceAddress = parseUserAddress('alice@a.example')
  const stolen = certify(peer, generateUserKey(aliceAddress, today).certificate)
  t.same(await userTrusted(stolen, aliceAddress, countersigned, today), distrusted('authority-invalid'))
  t.same(await userTrusted(stolen, aliceAddress, own.certificate, today), distrusted('not-certified'))
})

t.test('a revoked authority certifies nobody', async t => {
  const revoked = revokedKey({ ...peer, certificate: countersigned }, today)
  t.same(await userTrusted(certified, bobAddress, revoked, today), distrusted('authority-invalid'))
})

t.test('a revoked user key is not trusted', async t => {
  const revoked = revokedKey({ ...bob, certificate: certified }, today)
  t.same(await userTrusted(revoked, bobAddress, countersigned, today), distrusted('revoked'))
})

t.test('a certification without an end, or with one too far, is none', async t => {
  const endless = signedBy(primarySigner(peer), bob.certificate, today)
  const tooLong = signedBy(primarySigner(peer), bob.certificate, today, [lifetime(91 * 86_400)])
  for (const certificate of [endless, tooLong]) {
    t.same(
      await userTrusted(certificate, bobAddress, countersigned, today),
      distrusted('certification-too-long'),
    )
  }
})

t.test('the newest certification counts, also when it has ended', async t => {
  const short = signedBy(primarySigner(peer), certified, today + day, [lifetime(60)])
  t.same(
    await userTrusted(short, bobAddress, countersigned, today + 2 * day),
    distrusted('certification-ended'),
  )
})

t.test('a user whom a trust signature would make an authority is not trusted', async t => {
  const trust = subpacket(subpacketType.trust, Buffer.of(1, 120), true)
  const signed = signedBy(primarySigner(peer), bob.certificate, today, [trust])
  t.same(await userTrusted(signed, bobAddress, countersigned, today), distrusted('scope-wrong'))
})

t.test('a user certified by a signing subkey of the authority is not trusted', async t => {
  const [signing] = peer.certificate.subkeys
  t.ok(signing)
  if (!signing) return
  const secret = peer.secrets.get(signing.key.fingerprint) ?? Buffer.alloc(32)
  const signed = signedBy({ key: signing.key, secret }, bob.certificate, today)
  t.same(await userTrusted(signed, bobAddress, countersigned, today), distrusted('not-certified'))
})
