// The proof of a visit: by the user's key over the statement for one server and a time, in one form, and nothing else.
import * as fc from 'fast-check'
import t from 'tap'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import { PluginError } from '../../../plugin/errors.js'
import { generateUserKey, signDocument } from '../../../plugin/openpgp/index.js'
import { encodePacket, packetType } from '../../../plugin/openpgp/packets.js'
import { signatureType } from '../../../plugin/openpgp/signature.js'
import { makeSignature } from '../../../plugin/openpgp/signing.js'
import {
  encodeProof,
  encodeVisitStatement,
  longestProof,
  longestVisit,
  parseProof,
  verifyProof,
} from '../../../plugin/visits/index.js'
import { sameThread } from '../../../plugin/work.js'
import { day, hour, primarySigner, revokedKey, today } from '../../_certificates.js'

const alice = parseUserAddress('alice@a.example')
const key = generateUserKey(alice, today)
const statement = {
  user: alice,
  key: key.certificate.fingerprint,
  server: parseDomain('c.example'),
  from: today,
  until: today + 2 * day,
  nonce: Buffer.alloc(16, 7),
}
const text = encodeVisitStatement(statement)
const signature = await signDocument(key, Buffer.from(text), today)
const proof = encodeProof({ ...statement, signature })
const verify = (octets: Buffer, user = alice, certificate = key.certificate, now = today) =>
  verifyProof(sameThread, octets, user, certificate, now)
const refused = { code: 'bad-format' }

t.test('the text is what the protocol says', async t => {
  t.equal(
    text,
    `P3DO visit v1\nuser: alice@a.example\nkey: ${key.certificate.fingerprint}\nserver: c.example\nfrom: ${String(today / 1000)}\nuntil: ${String((today + 2 * day) / 1000)}\nnonce: 07070707070707070707070707070707`,
  )
})

t.test('a signed statement proves the visit', async t => {
  t.same(await verify(proof), { server: 'c.example', from: today, until: today + 2 * day })
})

t.test('a signature of text proves it as well, and only with line ends as it signs them', async t => {
  const sign = (octets: string, type: number) =>
    encodePacket(packetType.signature, makeSignature(primarySigner(key), type, Buffer.from(octets), today))
  const canonical = text.replaceAll('\n', '\r\n')
  await verify(encodeProof({ ...statement, signature: sign(canonical, signatureType.text) }))
  for (const wrong of [
    sign(text, signatureType.text),
    sign(canonical, signatureType.document),
    sign(`${canonical}\r\n`, signatureType.text),
    sign(text, signatureType.genericCertification),
  ])
    await t.rejects(verify(encodeProof({ ...statement, signature: wrong })), refused)
})

t.test('it proves nothing of another user, key, server, time or nonce', async t => {
  await t.rejects(verify(proof, parseUserAddress('bob@a.example')), refused)
  await t.rejects(verify(proof, alice, generateUserKey(alice, today).certificate), refused)
  for (const change of [
    { server: parseDomain('d.example') },
    { from: today - 1000 },
    { until: today + 3 * day },
    { nonce: Buffer.alloc(16, 8) },
  ])
    await t.rejects(verify(encodeProof({ ...statement, ...change, signature })), refused)
})

t.test('a key that is revoked or was made later proves nothing', async t => {
  await t.rejects(verify(proof, alice, revokedKey(key, today)), refused)
  await t.rejects(verify(proof, alice, key.certificate, today - hour), refused)
})

t.test('a time that is too long or none is refused before anything is checked', async t => {
  for (const until of [today, today - 1000, today + longestVisit + 1000])
    t.throws(() => parseProof(encodeProof({ ...statement, until, signature })), refused)
  t.doesNotThrow(() => parseProof(encodeProof({ ...statement, until: today + longestVisit, signature })))
})

t.test('no octet can be changed, left out or added', async t => {
  const accepted: number[] = []
  const tryOne = async (octets: Buffer, at: number): Promise<void> => {
    await verify(octets).then(
      () => accepted.push(at),
      (error: unknown) => {
        if (!(error instanceof PluginError)) throw error
      },
    )
  }
  for (let at = 0; at < proof.length; at++) {
    const changed = Buffer.from(proof)
    changed[at] = (changed[at] ?? 0) ^ 0x20
    await tryOne(changed, at)
    await tryOne(proof.subarray(0, at), at)
  }
  await tryOne(Buffer.concat([proof, Buffer.of(0)]), proof.length)
  t.same(accepted, [])
})

t.test('a domain in another way of writing is refused', async t => {
  const shouted = Buffer.from(proof)
  shouted.write('C', 1)
  t.throws(() => parseProof(shouted), refused)
})

t.test('any octets are read or refused', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: longestProof + 1 }), octets => {
      try {
        parseProof(Buffer.from(octets))
      } catch (error) {
        if (!(error instanceof PluginError)) throw error
      }
    }),
  )
})
