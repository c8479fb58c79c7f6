// Forged vouchers: somebody makes a parcel look as if a user of another server had sent it.
import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { parseUserAddress } from '../../plugin/addresses.js'
import { encodeParcel, parseParcel, type Parcel } from '../../plugin/delivery/parcel.js'
import { generateUserKey, signDocument } from '../../plugin/openpgp/index.js'
import { alice, bob, someMail, startDeliveries } from '../_deliveries.js'

const refusal = { name: 'PluginError', code: 'bad-format', message: /no valid voucher/ }

async function three(t: Test) {
  const lab = await startDeliveries()
  t.teardown(lab.stop)
  const parcel: Parcel = {
    conversation: randomBytes(16),
    sequence: 0,
    oldest: 0,
    kind: 'message',
    reply: { tag: randomBytes(16), key: randomBytes(32) },
    part: 0,
    parts: 1,
    sent: Math.floor(lab.clock.now() / 1000),
    sender: alice,
    recipient: bob,
    payload: Buffer.from('opaque'),
  }
  return { ...lab, parcel }
}

t.test('a parcel whose sender’s server vouches for it is accepted: the measure of the others', async t => {
  const { a, b, parcel } = await three(t)
  await b.delivery.receive(await encodeParcel(parcel, text => a.identity.authority.signStatement(text)), null)
  t.equal(b.accepted.length, 1)
})

t.test('another trusted server cannot vouch for a user who is not its own', async t => {
  const { b, c, parcel } = await three(t)
  const forged = await encodeParcel(parcel, text => c.identity.authority.signStatement(text))
  await t.rejects(b.delivery.receive(forged, null), refusal)
  t.equal(b.accepted.length, 0)
})

t.test('nor can the recipient’s own server be made to by a parcel from outside', async t => {
  const { a, b, parcel } = await three(t)
  const sender = parseUserAddress('beth@b.example')
  const forged = await encodeParcel({ ...parcel, sender }, text => a.identity.authority.signStatement(text))
  await t.rejects(b.delivery.receive(forged, null), refusal)
})

t.test('nor can the user’s own key', async t => {
  const { b, parcel, clock } = await three(t)
  const key = generateUserKey(alice, clock.now())
  const forged = await encodeParcel(parcel, text => signDocument(key, text, clock.now()))
  await t.rejects(b.delivery.receive(forged, null), refusal)
})

t.test('a server that nobody countersigned vouches for nobody', async t => {
  const { a, b, parcel } = await three(t)
  const sender = parseUserAddress('x@nowhere.example')
  const forged = await encodeParcel({ ...parcel, sender }, text => a.identity.authority.signStatement(text))
  await t.rejects(b.delivery.receive(forged, null), refusal)
})

t.test('the voucher of one parcel is none for another, not even between the same two', async t => {
  const { a, b, pass } = await three(t)
  await a.delivery.send(someMail('one'))
  await pass(0)
  const [first, { voucher }] = [a.lastParcel(), parseParcel(a.lastParcel())]
  await a.delivery.send(someMail('two'))
  await pass(0)
  const other = parseParcel(a.lastParcel()).parcel
  await t.rejects(
    b.delivery.receive(await encodeParcel(other, () => Promise.resolve(voucher)), null),
    refusal,
  )
  const renamed = { ...parseParcel(first).parcel, conversation: randomBytes(16) }
  await t.rejects(
    b.delivery.receive(await encodeParcel(renamed, () => Promise.resolve(voucher)), null),
    refusal,
  )
})

t.test('what a server signed for another purpose is no voucher', async t => {
  const { a, b, parcel } = await three(t)
  const purposes = ['', 'P3DO statement v1\0', 'P3DO voucher v1']
  for (const purpose of purposes) {
    const forged = await encodeParcel(parcel, text => {
      const bare = text.subarray('P3DO voucher v1\0'.length)
      return a.identity.authority.signStatement(Buffer.concat([Buffer.from(purpose), bare]))
    })
    await t.rejects(b.delivery.receive(forged, null), refusal, JSON.stringify(purpose))
  }
})

t.test('every octet of a parcel changed: it is not accepted', async t => {
  const { a, b, pass } = await three(t)
  await a.delivery.send(someMail())
  await pass(0)
  const parcel = a.lastParcel()
  for (let at = 0; at < parcel.length; at++) {
    const changed = Buffer.from(parcel)
    changed[at] = (changed[at] ?? 0) ^ 1
    await t.rejects(b.delivery.receive(changed, null), { name: 'PluginError' }, `octet ${String(at)}`)
  }
  t.equal(b.accepted.length, 0)
})
