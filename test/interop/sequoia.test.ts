// Sequoia as judge: it opens and writes the same messages. What it thinks of our key ring: see exported-ring.test.ts.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { parseDomain, parseUserAddress } from '../../plugin/addresses.js'
import {
  encodeSecretKey,
  generateServerKey,
  generateUserKey,
  signDocument,
} from '../../plugin/openpgp/index.js'
import { openMessage, sealMessage } from '../../plugin/openpgp/message.js'
import { createSequoia } from '../_sequoia.js'

const now = Date.now() - 10_000
const aKey = generateServerKey(parseDomain('a.example'), now)
const alice = generateUserKey(parseUserAddress('alice@a.example'), now)
const bob = generateUserKey(parseUserAddress('bob@b.example'), now)
const text = Buffer.from('text to sign\n')
const sequoia = await createSequoia()
const folder = t.testdir()

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
