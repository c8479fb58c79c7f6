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
import { longestFramedProof } from '../../../plugin/visits/proof.js'
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

const opening = "<signcrypt xmlns='urn:xmpp:openpgp:0'>"
const to = "<to jid='p3do@p3do.c.example'/>"
const stamp = (time: number) => `<time stamp='${new Date(time).toISOString()}'/>`
const payload = "<payload><body xmlns='jabber:client'>"
const closing = '</body></payload></signcrypt>'
const before = `${opening}${to}${stamp(today)}<rpad>ab</rpad>${payload}`
const sign = (content: string, type: number = signatureType.document) =>
  encodePacket(packetType.signature, makeSignature(primarySigner(key), type, Buffer.from(content), today))
/** Signed as it stands, whatever that is. */
const framedProof = (frame: { before: string; behind: string }, type?: number) => {
  const content = `${frame.before}${text}${frame.behind}`
  const signed = type === signatureType.text ? content.replaceAll('\n', '\r\n') : content
  return encodeProof({ ...statement, frame, signature: sign(signed, type) })
}
const messageProof = framedProof({ before, behind: closing })

t.test(
  'a statement that an OX client signed as the text of a message to the server proves the visit',
  async t => {
    t.same(await verify(messageProof), { server: 'c.example', from: today, until: today + 2 * day })
    await verify(framedProof({ before, behind: closing }, signatureType.text))
    await verify(framedProof({ before, behind: `\n${closing}` }))
    for (const address of ['p3do.c.example', 'c.example/phone', 'P3DO@P3DO.C.example/x'])
      await verify(framedProof({ before: before.replace('p3do@p3do.c.example', address), behind: closing }))
    const local = new Date(today + 2 * hour).toISOString().replace('.000Z', '+0200')
    const elsewhere = before.replace(stamp(today), `<time stamp='${local}'/>`)
    await verify(framedProof({ before: elsewhere, behind: closing }))
    await t.rejects(verify(messageProof, parseUserAddress('bob@a.example')), refused)
    await t.rejects(verify(messageProof, alice, generateUserKey(alice, today).certificate), refused)
  },
)

t.test('any other message that this key signed proves nothing', async t => {
  const at = (time: number) => before.replace(stamp(today), stamp(time))
  const frames: readonly (readonly [string, string, string])[] = [
    ['for another server', before.replace('c.example', 'b.example'), closing],
    ['for a server whose name ends likewise', before.replace('p3do.c.', 'p3doc.'), closing],
    ['for nobody', before.replace(to, ''), closing],
    ['of an older time', at(today - 601_000), closing],
    ['of a later time', at(today + hour + 601_000), closing],
    ['of no time', before.replace(stamp(today), ''), closing],
    ['of a time that is none', before.replace(stamp(today), "<time stamp='today'/>"), closing],
    ['with more text', before, `and more${closing}`],
    ['with the text elsewhere', `${opening}${to}${stamp(today)}<rpad>`, `</rpad>${payload}hello${closing}`],
    ['in a body within the body', `${before}<body>`, `</body>${closing}`],
    ['in a message within the message', `${before}${before}`, `${closing}${closing}`],
    ['in another element', before.replace('<signcrypt', '<crypt'), closing.replace('signcrypt', 'crypt')],
    ['that is not well-formed', before, ''],
    ['with a comment', `${before}<!-- -->`, closing],
  ]
  for (const [name, front, behind] of frames)
    await t.rejects(verify(framedProof({ before: front, behind })), refused, name)
})

t.test('what is signed in a message proves nothing without it, and the other way round', async t => {
  const frame = { before, behind: closing }
  await t.rejects(verify(encodeProof({ ...statement, frame, signature })), refused)
  await t.rejects(
    verify(encodeProof({ ...statement, signature: sign(`${before}${text}${closing}`) })),
    refused,
  )
})

t.test('nobody can write the proof of one signature in two ways', async t => {
  const twice = { before: before.replace('ab', text), behind: closing }
  await t.rejects(verify(framedProof(twice)), refused, 'the statement stands in front as well')
  const withCr = { before: before.replace('<rpad>', '\r\n<rpad>'), behind: closing }
  await t.rejects(verify(framedProof(withCr, signatureType.text)), refused, 'ends of lines')
  const replaced = encodeProof({
    ...statement,
    frame: { before: before.replace('ab', '\ufffd'), behind: closing },
    signature: sign(`${before.replace('ab', '\ufffd')}${text}${closing}`),
  })
  await verify(replaced)
  const at = replaced.indexOf('\ufffd')
  const broken = Buffer.concat([replaced.subarray(0, at), Buffer.from([0xff]), replaced.subarray(at + 3)])
  broken.writeUInt16BE(Buffer.byteLength(before) - 1, replaced.indexOf(opening) - 2)
  t.throws(() => parseProof(broken), refused, 'octets that are no UTF-8')
})

t.test('a message with too much around the statement is refused before anything is checked', async t => {
  const filling = (length: number) => before.replace('ab', 'x'.repeat(length))
  const room = longestFramedProof - messageProof.length + 2
  t.equal(framedProof({ before: filling(room), behind: closing }).length, longestFramedProof)
  await verify(framedProof({ before: filling(room), behind: closing }))
  t.throws(() => parseProof(framedProof({ before: filling(room + 1), behind: closing })), refused)
})

for (const [name, whole] of [
  ['itself', proof],
  ['in a message', messageProof],
] as const)
  t.test(`signed ${name}: no octet can be changed, left out or added`, async t => {
    const accepted: number[] = []
    const tryOne = async (octets: Buffer, at: number): Promise<void> => {
      await verify(octets).then(
        () => accepted.push(at),
        (error: unknown) => {
          if (!(error instanceof PluginError)) throw error
        },
      )
    }
    for (let at = 0; at < whole.length; at++) {
      const changed = Buffer.from(whole)
      changed[at] = (changed[at] ?? 0) ^ 0x20
      await tryOne(changed, at)
      await tryOne(whole.subarray(0, at), at)
    }
    await tryOne(Buffer.concat([whole, Buffer.of(0)]), whole.length)
    t.same(accepted, [])
  })

t.test('a domain in another way of writing is refused', async t => {
  const shouted = Buffer.from(proof)
  shouted.write('C', 1)
  t.throws(() => parseProof(shouted), refused)
})

t.test('any octets are read or refused', async t => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: longestProof + 1 }), octets => {
      try {
        parseProof(Buffer.from(octets))
      } catch (error) {
        if (!(error instanceof PluginError)) throw error
      }
    }),
  )
  t.pass('holds')
})
