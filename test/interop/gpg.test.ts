// GnuPG 2.2 as judge of our certificates, certifications, signatures and messages.
import t from 'tap'
import { parseDomain, parseUserAddress } from '../../plugin/addresses.js'
import {
  addRoutingKey,
  encodeSecretKey,
  generateServerKey,
  generateUserKey,
  parseCertificate,
  signDocument,
} from '../../plugin/openpgp/index.js'
import { openMessage, sealMessage } from '../../plugin/openpgp/message.js'
import { sealCopy } from '../../plugin/openpgp/sealed-copy.js'
import { createAuthority } from '../../plugin/pki/index.js'
import { mailboxOf } from '../../plugin/pki/trust.js'
import { createGpg } from '../_gpg.js'
import { createVirtualClock } from '../_virtual-clock.js'

const gpg = await createGpg()
t.teardown(() => gpg.destroy())

// gpg has a clock of its own, so this is the real time.
const now = Date.now() - 10_000
const [a, b] = [parseDomain('a.example'), parseDomain('b.example')]
const [aliceAddress, bobAddress] = [parseUserAddress('alice@a.example'), parseUserAddress('bob@b.example')]
const aKey = addRoutingKey(generateServerKey(a, now), now + 1000)
const bKey = generateServerKey(b, now)
const alice = generateUserKey(aliceAddress, now)
const bob = generateUserKey(bobAddress, now)
const aAuthority = createAuthority(aKey, a, createVirtualClock(now + 1000))
const bAuthority = createAuthority(bKey, b, createVirtualClock(now + 1000))
const mailboxKey = Buffer.alloc(32, 1)
const copy = await sealCopy(Buffer.from('her mailbox key'), alice.certificate, now)
const aliceCertified = await aAuthority.certifyUser(alice.certificate.octets, aliceAddress, mailboxKey, copy)
const bobCertified = await bAuthority.certifyUser(bob.certificate.octets, bobAddress, mailboxKey)
const bCountersigned = await aAuthority.countersign(bKey.certificate.octets, b)
const aFingerprint = aKey.certificate.fingerprint.slice(2).toUpperCase()
const text = Buffer.from('text to sign\n')
const bUserId = 'b.example <openpgp-ca@b.example>'

await gpg.run('--import', await gpg.file('a.pgp', aKey.certificate.octets))
await gpg.run('--import', await gpg.file('alice.pgp', aliceCertified))
await gpg.run('--import', await gpg.file('bob.pgp', bobCertified))
await gpg.run('--import', await gpg.file('b.pgp', bCountersigned))
await gpg.run('--import-ownertrust', await gpg.file('trust', Buffer.from(`${aFingerprint}:6:\n`)))

t.test('imports all, finds every signature good, and ignores the routing keys', async t => {
  const { stdout } = await gpg.run('--with-colons', '--check-signatures')
  const signatures = stdout.split('\n').filter(line => /^(sig|rev):/.test(line))
  t.equal(signatures.length, 14)
  t.ok(signatures.every(line => line.startsWith('sig:!:')))
  t.match(stdout, /^uid:[^\n]*:a\.example <openpgp-ca@a\.example>:/m)
  t.match(stdout, /^sub:[^\n]*:25:/m)
})

t.test('takes the user of the trusted authority, and the countersigned authority', async t => {
  const validities = await gpg.validities()
  t.equal(validities['xmpp:alice@a.example'], 'f')
  t.equal(validities[bUserId], 'f')
})

t.test('does not take the user of the countersigned authority: its scope knows mailboxes only', async t => {
  t.equal((await gpg.validities())['xmpp:bob@b.example'], '-')
})

t.test('verifies a document that the server signed', async t => {
  const signature = await gpg.file('text.sig', await signDocument(aKey, text, now))
  const { stdout } = await gpg.run('--status-fd', '1', '--verify', signature, await gpg.file('text', text))
  t.match(stdout, new RegExp(`VALIDSIG .* ${aFingerprint}`))
})

t.test('opens a message that a hosted user sent, and knows who signed it', async t => {
  await gpg.run('--import', await gpg.file('bob.key', encodeSecretKey(bob)))
  const sealed = await gpg.file('sealed', await sealMessage(text, alice, bob.certificate, now))
  const { stdout, stderr } = await gpg.run('--decrypt', sealed)
  t.equal(stdout, text.toString())
  t.match(stderr, /Good signature from "xmpp:alice@a\.example"/)
})

t.test('opens the copy of a mailbox key in a certification, and shows the certification as good', async t => {
  const certified = parseCertificate(aliceCertified)
  const mailbox = await mailboxOf(certified, aliceAddress, aKey.certificate, now + 1000)
  await gpg.run('--import', await gpg.file('alice.key', encodeSecretKey(alice)))
  const { stdout } = await gpg.run('--decrypt', await gpg.file('copy', mailbox?.copy ?? Buffer.alloc(0)))
  t.equal(stdout, 'her mailbox key')
})

for (const options of [['--compress-algo', 'none'], ['--compress-algo', 'zlib'], ['--throw-keyids']]) {
  t.test(`a hosted user opens what gpg sends with ${options.join(' ')}`, async t => {
    await gpg.run('--import', await gpg.file('bob.key', encodeSecretKey(bob)))
    const path = await gpg.file('plain', text)
    const users = [
      '--trust-model',
      'always',
      '--local-user',
      'xmpp:bob@b.example',
      '--recipient',
      'xmpp:alice@a.example',
    ]
    const { stdout } = await gpg.run(
      ...options,
      ...users,
      '--armor',
      '--output',
      '-',
      '--sign',
      '--encrypt',
      path,
    )
    t.same(await openMessage(unarmor(stdout), alice, bob.certificate, Date.now()), text)
  })
}

t.test('a revocation takes both away, and a new certification gives them back', async t => {
  const clock = createVirtualClock(now + 3000)
  const authority = createAuthority(aKey, a, clock)
  const revoked = [authority.revoke(aliceCertified, aliceAddress), authority.revoke(bCountersigned, b)]
  for (const [at, octets] of revoked.entries())
    await gpg.run('--import', await gpg.file(`revoked${String(at)}`, octets))
  const lost = await gpg.validities()
  t.same([lost['xmpp:alice@a.example'], lost[bUserId]], ['-', '-'])
  clock.advance(2000)
  const again = await authority.countersign(bKey.certificate.octets, b)
  await gpg.run('--import', await gpg.file('again', again))
  t.equal((await gpg.validities())[bUserId], 'f')
  t.equal(parseCertificate(again).userIds[0]?.signatures.length, 2)
})

function unarmor(armored: string): Buffer {
  const lines = armored.split('\n').slice(armored.split('\n').indexOf('') + 1)
  return Buffer.from(lines.filter(line => !/^[-=]/.test(line)).join(''), 'base64')
}
