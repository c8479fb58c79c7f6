// Signatures: by OpenPGP.js verified here, by us verified there, and no octet that can be changed.
import * as openpgp from 'openpgp'
import t from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import {
  generateUserKey,
  parseCertificate,
  signDocument,
  verifyDocument,
} from '../../../plugin/openpgp/index.js'
import { encodePacket, packetType } from '../../../plugin/openpgp/packets.js'
import { parseSignature, signatureType } from '../../../plugin/openpgp/signature.js'
import { makeSignature, verifySignature } from '../../../plugin/openpgp/signing.js'
import { day, lifetime, primarySigner, revokedKey, today } from '../../_certificates.js'

const octets = Buffer.from('said by alice')
const alice = generateUserKey(parseUserAddress('alice@a.example'), today)
const mallory = generateUserKey(parseUserAddress('mallory@c.example'), today)
const signature = await signDocument(alice, octets, today)
const certificate = alice.certificate

t.test('a document is verified, and only that document by that signer', async t => {
  t.equal(await verifyDocument(certificate, octets, signature, today), true)
  t.equal(await verifyDocument(certificate, Buffer.from('said by Alice'), signature, today), false)
  t.equal(await verifyDocument(mallory.certificate, octets, signature, today), false)
})

t.test('no octet of a signature can be changed, dropped or added', async t => {
  const accepted: number[] = []
  for (let at = 0; at < signature.length; at++) {
    for (const bit of [1, 16, 128]) {
      const changed = Buffer.from(signature)
      changed[at] = (changed[at] ?? 0) ^ bit
      if (await verifyDocument(certificate, octets, changed, today)) accepted.push(at)
    }
    if (await verifyDocument(certificate, octets, signature.subarray(0, at), today)) accepted.push(at)
  }
  t.same(accepted, [])
  t.equal(await verifyDocument(certificate, octets, Buffer.concat([signature, Buffer.of(0)]), today), false)
  t.equal(await verifyDocument(certificate, octets, Buffer.concat([signature, signature]), today), false)
})

t.test('a signature of another kind over the same octets is no document', async t => {
  for (const type of [0x01, 0x02, 0x10, 0x18, 0x1f, 0x20, 0x40, 0x50]) {
    const body = makeSignature(primarySigner(alice), type, octets, today)
    t.equal(await verifyDocument(certificate, octets, encodePacket(packetType.signature, body), today), false)
  }
})

t.test('a signature of the future or one that has ended does not count', async t => {
  const body = makeSignature(primarySigner(alice), signatureType.document, octets, today + day, [
    lifetime(60),
  ])
  const packet = encodePacket(packetType.signature, body)
  t.equal(await verifyDocument(certificate, octets, packet, today), false)
  t.equal(await verifyDocument(certificate, octets, packet, today + day), true)
  t.equal(await verifyDocument(certificate, octets, packet, today + day + 60_000), false)
})

t.test('a revoked key signs nothing', async t => {
  t.equal(await verifyDocument(revokedKey(alice, today), octets, signature, today), false)
})

t.test('OpenPGP.js verifies what we sign', async t => {
  const verificationKeys = (await openpgp.readKey({ binaryKey: certificate.octets })).toPublic()
  const result = await openpgp.verify({
    message: await openpgp.createMessage({ binary: octets }),
    signature: await openpgp.readSignature({ binarySignature: signature }),
    verificationKeys,
    date: new Date(today),
  })
  t.equal(await result.signatures[0]?.verified, true)
})

const kinds = [
  { name: 'Ed25519 legacy', options: { type: 'ecc', curve: 'ed25519Legacy' } },
  { name: 'Ed25519', options: { type: 'curve25519' } },
  { name: 'RSA', options: { type: 'rsa', rsaBits: 2048 } },
  { name: 'NIST P-256', options: { type: 'ecc', curve: 'nistP256' } },
] as const

for (const { name, options } of kinds) {
  t.test(`we verify what OpenPGP.js signs with ${name}`, async t => {
    const userIDs = [{ name: 'xmpp:judge@a.example' }]
    const date = new Date(today)
    const { privateKey } = await openpgp.generateKey({ ...options, userIDs, date, format: 'object' })
    const theirs = parseCertificate(Buffer.from(privateKey.toPublic().write()))
    const message = await openpgp.createMessage({ binary: octets })
    const signed: unknown = await openpgp.sign({
      message,
      signingKeys: privateKey,
      detached: true,
      date,
      format: 'binary',
    })
    t.ok(signed instanceof Uint8Array)
    const packet = Buffer.from(signed as Uint8Array)
    t.equal(await verifyDocument(theirs, octets, packet, today), true)
    t.equal(await verifyDocument(theirs, Buffer.from('other'), packet, today), false)
  })
}

t.test('a weak hash is not taken', async t => {
  const body = makeSignature(primarySigner(alice), signatureType.document, octets, today)
  for (const hash of [1, 2, 3, 11, 99]) {
    const weak = parseSignature(Buffer.concat([body.subarray(0, 3), Buffer.of(hash), body.subarray(4)]))
    t.ok(weak)
    t.equal(weak && (await verifySignature(weak, certificate.primary, octets)), false)
  }
})
