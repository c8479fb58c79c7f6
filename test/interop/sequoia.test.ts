// Sequoia as judge: it opens and writes the same messages, and evaluates the scope of a countersignature.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { parseDomain, parseUserAddress } from '../../plugin/addresses.js'
import {
  certifyUserId,
  encodeSecretKey,
  generateServerKey,
  generateUserKey,
  openMessage,
  sealMessage,
  signDocument,
} from '../../plugin/openpgp/index.js'
import { addUserIdSignature } from '../../plugin/openpgp/index.js'
import { createAuthority } from '../../plugin/pki/index.js'
import { firstUserId, primarySigner, withUserId } from '../_certificates.js'
import { createSequoia } from '../_sequoia.js'
import { createVirtualClock } from '../_virtual-clock.js'

const now = Date.now() - 10_000
const [a, b] = [parseDomain('a.example'), parseDomain('b.example')]
const aKey = generateServerKey(a, now)
const bKey = generateServerKey(b, now)
const alice = generateUserKey(parseUserAddress('alice@a.example'), now)
const bob = generateUserKey(parseUserAddress('bob@b.example'), now)
const text = Buffer.from('text to sign\n')
const sequoia = await createSequoia()
const folder = t.testdir()
const countersigned = await createAuthority(aKey, a, createVirtualClock(now)).countersign(
  bKey.certificate.octets,
  b,
)

async function file(name: string, octets: Uint8Array): Promise<string> {
  await writeFile(join(folder, name), octets)
  return join(folder, name)
}

t.test('verifies a document that the server signed', async t => {
  const certificate = await file('a.pgp', aKey.certificate.octets)
  const signature = await file('text.sig', await signDocument(aKey, text, now))
  const path = await file('text', text)
  await t.resolves(sequoia.sq('verify', '--signer-cert', certificate, '--detached', signature, path))
  await writeFile(path, 'other text')
  await t.rejects(sequoia.sq('verify', '--signer-cert', certificate, '--detached', signature, path))
})

t.test('opens what a hosted user sends, and the other way', async t => {
  const [aliceFile, bobFile] = [
    await file('alice', encodeSecretKey(alice)),
    await file('bob', encodeSecretKey(bob)),
  ]
  const sealed = await file('sealed', await sealMessage(text, alice, bob.certificate, now))
  const opened = await sequoia.sq('decrypt', '--recipient-key', bobFile, '--signer-cert', aliceFile, sealed)
  t.equal(opened, text.toString())
  const written = join(folder, 'written')
  const plain = await file('plain', text)
  await sequoia.sq(
    ...['encrypt', '--binary', '--recipient-cert', aliceFile, '--signer-key', bobFile],
    '-o',
    written,
    plain,
  )
  t.same(await openMessage(await readFile(written), alice, bob.certificate, Date.now()), text)
})

// What a countersigned authority may say of whom, where others evaluate its scope. Our own verdict looks at the whole
// address and the domain: see the attacks.
const scope: Record<string, boolean> = {
  'xmpp:bob@b.example': true,
  'Bob <bob@b.example>': true,
  'xmpp:mallory@b.example.evil.org': false,
  'Mal xmpp:bob@b.example <mal@evil.org>': false,
  'xmpp:m@xb.example': false,
  'xmpp:bob@b.example/res': false,
  'Eve <eve@c.example>': false,
}
for (const [userId, accepted] of Object.entries(scope)) {
  t.test(`${accepted ? 'takes' : 'does not take'} ${userId} from the countersigned authority`, async t => {
    const bare = { ...bob, certificate: { ...bob.certificate, userIds: [] } }
    const renamed = withUserId(bare, userId, now)
    const claimed = firstUserId(renamed)
    const body = certifyUserId(primarySigner(bKey), renamed.primary, claimed, Buffer.alloc(32), now)
    const certified = addUserIdSignature(renamed, claimed, body)
    const keyring = await file(
      'ring',
      Buffer.concat([aKey.certificate.octets, countersigned, certified.octets]),
    )
    const [root, fingerprint] = [aKey.certificate, renamed].map(each =>
      each.fingerprint.slice(2).toUpperCase(),
    )
    t.equal(await sequoia.authenticates(keyring, root ?? '', fingerprint ?? '', userId), accepted)
  })
}
