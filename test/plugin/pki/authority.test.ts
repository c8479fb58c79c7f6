// The authority: what it signs, what it refuses to sign, and its own key's rotation.
import t from 'tap'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import {
  currentRoutingKey,
  decodeSecretKey,
  generateServerKey,
  generateUserKey,
  parseCertificate,
  verifyDocument,
} from '../../../plugin/openpgp/index.js'
import { createAuthority, mailboxKeyOf, serverTrusted, userTrusted } from '../../../plugin/pki/index.js'
import {
  day,
  firstUserId,
  primarySigner,
  revokedKey,
  signedBy,
  today,
  withUserId,
} from '../../_certificates.js'
import { createVirtualClock } from '../../_virtual-clock.js'

const a = parseDomain('a.example')
const b = parseDomain('b.example')
const address = parseUserAddress('alice@a.example')
const alice = generateUserKey(address, today)
const mallory = generateUserKey(parseUserAddress('mallory@c.example'), today)
const peer = generateServerKey(b, today)
const mailboxKey = Buffer.alloc(32, 9)
const refusal = { name: 'PluginError', code: 'certificate-invalid' }

function setUp() {
  const clock = createVirtualClock(today)
  const authority = createAuthority(generateServerKey(a, today), a, clock)
  return { clock, authority, own: authority.certificate() }
}

t.test('certifies an own user, with his mailbox key', async t => {
  const { authority, own } = setUp()
  const certified = parseCertificate(
    await authority.certifyUser(alice.certificate.octets, address, mailboxKey),
  )
  t.equal((await userTrusted(certified, address, own, today)).trusted, true)
  t.same(await mailboxKeyOf(certified, address, own, today), mailboxKey)
})

t.test('what others signed on it does not go along', async t => {
  const { authority } = setUp()
  const flooded = signedBy(primarySigner(mallory), alice.certificate, today)
  const certified = parseCertificate(await authority.certifyUser(flooded.octets, address, mailboxKey))
  t.equal(firstUserId(certified).signatures.length, 2)
})

t.test('refuses users of other servers', async t => {
  const { authority } = setUp()
  const bob = parseUserAddress('bob@b.example')
  const key = generateUserKey(bob, today)
  await t.rejects(authority.certifyUser(key.certificate.octets, bob, mailboxKey), { code: 'not-local' })
})

const impostors: Record<string, string> = {
  "another's address": 'xmpp:bob@a.example',
  'a look-alike domain': 'xmpp:alice@a.example.evil.org',
  'a resource': 'xmpp:alice@a.example/home',
  'a query': 'xmpp:alice@a.example?message',
  'another case': 'xmpp:Alice@a.example',
  'white space': 'xmpp:alice@a.example ',
  'an octet of zero': 'xmpp:alice@a.example\0',
  'percent encoding': 'xmpp:%61lice@a.example',
  'a name before it': 'Alice xmpp:alice@a.example',
  'angle brackets': '<xmpp:alice@a.example>',
  'a mail address': 'alice@a.example',
}
for (const [name, userId] of Object.entries(impostors)) {
  t.test(`refuses a key with ${name} as user ID`, async t => {
    const { authority } = setUp()
    const key = generateUserKey(userId.slice('xmpp:'.length) as typeof address, today)
    const renamed = { ...key.certificate, userIds: [] }
    const { octets } = withUserId({ ...key, certificate: renamed }, userId, today)
    await t.rejects(authority.certifyUser(octets, address, mailboxKey), refusal)
  })
}

t.test('refuses a key with a second user ID', async t => {
  const { authority } = setUp()
  const { octets } = withUserId(alice, 'xmpp:bob@a.example', today)
  await t.rejects(authority.certifyUser(octets, address, mailboxKey), {
    ...refusal,
    message: /exactly one user ID/,
  })
})

t.test('refuses a revoked key, and one that nobody holds', async t => {
  const { authority } = setUp()
  const revoked = revokedKey(alice, today).octets
  await t.rejects(authority.certifyUser(revoked, address, mailboxKey), { ...refusal, message: /revoked/ })
  const unsigned = {
    ...alice.certificate,
    userIds: alice.certificate.userIds.map(id => ({ ...id, signatures: [] })),
  }
  const bare = signedBy(primarySigner(mallory), unsigned, today).octets
  await t.rejects(authority.certifyUser(bare, address, mailboxKey), refusal)
})

t.test('refuses what is no certificate, is too long, or comes with no mailbox key', async t => {
  const { authority } = setUp()
  const octets = alice.certificate.octets
  await t.rejects(authority.certifyUser(Buffer.from('no'), address, mailboxKey), { code: 'bad-format' })
  await t.rejects(authority.certifyUser(Buffer.alloc(65_537), address, mailboxKey), { code: 'bad-format' })
  await t.rejects(authority.certifyUser(octets, address, mailboxKey.subarray(1)), refusal)
})

t.test('countersigns a peer for its own domain only', async t => {
  const { authority, own } = setUp()
  const signed = parseCertificate(await authority.countersign(peer.certificate.octets, b))
  t.equal((await serverTrusted(own, signed, b, today)).trusted, true)
  await t.rejects(authority.countersign(peer.certificate.octets, parseDomain('c.example')), refusal)
  await t.rejects(authority.countersign(own.octets, a), refusal)
})

t.test('takes back what it certified', async t => {
  const { authority, own, clock } = setUp()
  const user = await authority.certifyUser(alice.certificate.octets, address, mailboxKey)
  const server = await authority.countersign(peer.certificate.octets, b)
  clock.advance(day)
  const lost = { trusted: false, reason: 'certification-revoked' }
  t.same(
    await userTrusted(parseCertificate(authority.revoke(user, address)), address, own, clock.now()),
    lost,
  )
  t.same(await serverTrusted(own, parseCertificate(authority.revoke(server, b)), b, clock.now()), lost)
  t.throws(() => authority.revoke(server, address), refusal)
})

t.test('what was taken back can be certified again', async t => {
  const { authority, own, clock } = setUp()
  const revoked = authority.revoke(
    await authority.certifyUser(alice.certificate.octets, address, mailboxKey),
    address,
  )
  clock.advance(day)
  const again = await authority.certifyUser(revoked, address, mailboxKey)
  t.equal((await userTrusted(parseCertificate(again), address, own, clock.now())).trusted, true)
})

t.test('signs statements with the signing subkey', async t => {
  const { authority, own } = setUp()
  const signature = await authority.signStatement(Buffer.from('text'))
  t.equal(await verifyDocument(own, Buffer.from('text'), signature, today), true)
})

t.test('a new routing key counts once the secret key file is safe', async t => {
  const { authority, clock } = setUp()
  const saved: Buffer[] = []
  const save = (file: Buffer) => Promise.resolve(void saved.push(file))
  t.equal(await authority.rotate(save), false)
  clock.advance(7 * day)
  const before = await currentRoutingKey(authority.certificate(), clock.now())
  await t.rejects(
    authority.rotate(() => Promise.reject(new Error('disk full'))),
    { message: 'disk full' },
  )
  t.same(await currentRoutingKey(authority.certificate(), clock.now()), before)
  t.equal(await authority.rotate(save), true)
  t.notSame(await currentRoutingKey(authority.certificate(), clock.now()), before)
  t.equal((await authority.routingKeys()).length, 2)
  t.same(decodeSecretKey(saved[0] ?? Buffer.alloc(0)).certificate, authority.certificate())
})
