// Statements between servers: signed first, then read; for one peer, one purpose, one time.
import t from 'tap'
import { parseDomain } from '../../../plugin/addresses.js'
import { generateServerKey, signDocument } from '../../../plugin/openpgp/index.js'
import {
  encodeStatement,
  longestStatement,
  openStatement,
  type Statement,
} from '../../../plugin/pki/index.js'
import { revokedKey, today } from '../../_certificates.js'

const from = parseDomain('a.example')
const to = parseDomain('b.example')
const server = generateServerKey(from, today)
const sign = (octets: Buffer) => signDocument(server, octets, today)
const expected = { type: 'contexts', from, to }
const body: Statement = { ...expected, time: today, contexts: ['one'] }
const octets = await encodeStatement(body, sign)
const refusal = { name: 'PluginError', code: 'bad-format' }
const open = (statement: Buffer, now = today) => openStatement(statement, [server.certificate], expected, now)

t.test('the receiver reads what the sender said', async t => {
  t.same(await open(octets), body)
})

t.test('any octet changed, dropped or added: refused', async t => {
  for (let at = 0; at < octets.length; at++) {
    const changed = Buffer.from(octets)
    changed[at] = (changed[at] ?? 0) ^ 1
    await t.rejects(open(changed), refusal, `octet ${String(at)}`)
  }
  for (const length of [0, 3, 4, 5, octets.length - 1])
    await t.rejects(open(octets.subarray(0, length)), refusal)
  await t.rejects(open(Buffer.concat([octets, Buffer.of(0)])), refusal)
})

t.test('ten minutes too late or too early: refused', async t => {
  t.same(await open(octets, today + 600_000), body)
  for (const now of [today + 600_001, today - 600_001]) await t.rejects(open(octets, now), refusal)
})

for (const wrong of [{ type: 'ring' }, { from: to }, { to: parseDomain('c.example') }, { time: 'now' }]) {
  t.test(`with another ${Object.keys(wrong).join()}: refused`, async t => {
    await t.rejects(open(await encodeStatement({ ...body, ...wrong } as Statement, sign)), refusal)
  })
}

t.test('signed by another server or a revoked one: refused', async t => {
  const other = generateServerKey(to, today).certificate
  await t.rejects(openStatement(octets, [other], expected, today), refusal)
  await t.rejects(openStatement(octets, [revokedKey(server, today)], expected, today), refusal)
})

t.test('octets that were signed for another purpose are no statement', async t => {
  const json = octets.subarray(4, 4 + octets.readUInt32BE(0))
  const voucher = await sign(json)
  await t.rejects(open(Buffer.concat([octets.subarray(0, 4), json, voucher])), refusal)
})

t.test('signed, but no JSON: refused', async t => {
  const json = Buffer.from('{')
  const signature = await sign(Buffer.concat([Buffer.from('P3DO statement v1\0'), json]))
  await t.rejects(open(Buffer.concat([Buffer.from('00000001', 'hex'), json, signature])), refusal)
})

t.test('too long to write or to read: refused', async t => {
  const text = 'x'.repeat(longestStatement)
  await t.rejects(encodeStatement({ ...body, text }, sign), { code: 'message-too-long' })
  await t.rejects(open(Buffer.alloc(longestStatement + 1)), refusal)
})
