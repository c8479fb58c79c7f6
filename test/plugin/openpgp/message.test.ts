// Messages between users: only the recipient opens them, only the expected sender's are opened, nothing half-read gets out.
import * as openpgp from 'openpgp'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import {
  encodeSecretKey,
  generateServerKey,
  generateUserKey,
  longestMessage,
  parseCertificate,
} from '../../../plugin/openpgp/index.js'
import { openMessage, sealMessage } from '../../../plugin/openpgp/message.js'
import { revokedKey, revokedSubkey, today } from '../../_certificates.js'

const refusal = { name: 'PluginError', code: 'bad-format' }
const alice = generateUserKey(parseUserAddress('alice@a.example'), today)
const bob = generateUserKey(parseUserAddress('bob@b.example'), today)
const mallory = generateUserKey(parseUserAddress('mallory@c.example'), today)
const text = Buffer.from('<signcrypt xmlns="urn:xmpp:openpgp:0"/>')
const sealed = await sealMessage(text, alice, bob.certificate, today)
const date = new Date(today)
const bobsKey = await openpgp.readPrivateKey({ binaryKey: encodeSecretKey(bob) })
const alicesKey = await openpgp.readPrivateKey({ binaryKey: encodeSecretKey(alice) })

async function writtenByOthers(
  content: Uint8Array,
  form: 'plain' | 'signed' | 'compressed',
): Promise<Buffer> {
  const plain = await openpgp.createMessage({ binary: content })
  const signed = await openpgp.sign({ message: plain, signingKeys: alicesKey, date, format: 'object' })
  const message = { plain, signed, compressed: compress(signed) }[form]
  const written: unknown = await openpgp.encrypt({
    message,
    encryptionKeys: bobsKey.toPublic(),
    date,
    format: 'binary',
  })
  if (!(written instanceof Uint8Array)) throw new Error('OpenPGP.js wrote no octets.')
  return Buffer.from(written)
}

// Recipients here prefer no compression, and OpenPGP.js obeys, so it is done by hand, as others do it unasked.
function compress(message: openpgp.Message<Uint8Array>): openpgp.Message<Uint8Array> {
  const packet = new openpgp.CompressedDataPacket()
  const packets = new openpgp.PacketList<openpgp.CompressedDataPacket>()
  packets.push(Object.assign(packet, { packets: message.packets, algorithm: openpgp.enums.compression.zlib }))
  return new openpgp.Message(packets)
}

t.test('the recipient opens what the sender signed', async t => {
  t.same(await openMessage(sealed, bob, alice.certificate, today), text)
})

t.test('it is not for others', async t => {
  t.equal(await openMessage(sealed, mallory, alice.certificate, today), null)
})

t.test('signed by another than the expected sender: refused', async t => {
  const forged = await sealMessage(text, mallory, bob.certificate, today)
  await t.rejects(openMessage(forged, bob, alice.certificate, today), refusal)
})

t.test('not signed: refused', async t => {
  await t.rejects(openMessage(await writtenByOthers(text, 'plain'), bob, alice.certificate, today), refusal)
})

t.test('signed by a key that was revoked since: refused', async t => {
  await t.rejects(openMessage(sealed, bob, revokedKey(alice, today), today), refusal)
})

t.test('any octet changed: refused or not mine, and never the content', async t => {
  for (let at = 0; at < sealed.length; at += 7) {
    const changed = Buffer.from(sealed)
    changed[at] = (changed[at] ?? 0) ^ 0x04
    const opened = await openMessage(changed, bob, alice.certificate, today).catch((error: unknown) => {
      t.match(error, refusal)
      return null
    })
    t.equal(opened, null, `octet ${String(at)}`)
  }
})

t.test('cut off anywhere, or with something appended: refused', async t => {
  for (const octets of [
    Buffer.alloc(0),
    sealed.subarray(0, -1),
    sealed.subarray(0, 96),
    Buffer.concat([sealed, text]),
  ]) {
    await t.rejects(openMessage(octets, bob, alice.certificate, today), refusal)
  }
})

for (const form of ['signed', 'compressed'] as const) {
  t.test(`we open what OpenPGP.js writes, ${form}`, async t => {
    t.same(await openMessage(await writtenByOthers(text, form), bob, alice.certificate, today), text)
  })
}

t.test('a message that grows without measure when it is decompressed is refused', async t => {
  const bomb = await writtenByOthers(new Uint8Array(4_000_000), 'compressed')
  t.ok(bomb.length < longestMessage)
  await t.rejects(openMessage(bomb, bob, alice.certificate, today), refusal)
})

t.test('OpenPGP.js opens what we write', async t => {
  const message = await openpgp.readMessage({ binaryMessage: new Uint8Array(sealed) })
  const opened = await openpgp.decrypt({
    message,
    decryptionKeys: bobsKey,
    verificationKeys: alicesKey.toPublic(),
    expectSigned: true,
    date,
  })
  t.equal(String(opened.data), text.toString())
})

t.test('SEIPD version 1 for users, version 2 for who announces it', async t => {
  const server = generateServerKey(parseDomain('b.example'), today)
  const versionOf = async (octets: Buffer) => {
    const { packets } = await openpgp.readMessage({ binaryMessage: new Uint8Array(octets) })
    return (packets[1] as unknown as { version: number }).version
  }
  t.equal(await versionOf(sealed), 1)
  t.equal(await versionOf(await sealMessage(text, alice, server.certificate, today)), 2)
})

t.test('to the certificate of another program, made with RSA', async t => {
  const path = 'test/vectors/certificates/valid.json'
  const [rsa] = JSON.parse(readFileSync(path, 'utf8')) as { certificate: string }[]
  const recipient = parseCertificate(Buffer.from(rsa?.certificate ?? '', 'base64'))
  t.ok((await sealMessage(text, alice, recipient, today)).length > text.length)
})

t.test('to a key that cannot be used now: nothing is encrypted', async t => {
  const untrusted = { code: 'recipient-untrusted' }
  await t.rejects(sealMessage(text, alice, revokedKey(bob, today), today), untrusted)
  await t.rejects(sealMessage(text, alice, revokedSubkey(bob, today), today), untrusted)
})

t.test('too long to seal, too long to open', async t => {
  await t.rejects(sealMessage(Buffer.alloc(longestMessage), alice, bob.certificate, today), {
    code: 'message-too-long',
  })
  await t.rejects(openMessage(Buffer.alloc(longestMessage + 1), bob, alice.certificate, today), refusal)
})

t.test('lengths: what a message costs over its content', async t => {
  for (const length of [208, 298, 498]) {
    const { length: sealedLength } = await sealMessage(
      Buffer.alloc(length, 'a'),
      alice,
      bob.certificate,
      today,
    )
    t.comment(`${String(length)} octets of content: ${String(sealedLength)}`)
    t.ok(sealedLength <= length + 290)
  }
})
