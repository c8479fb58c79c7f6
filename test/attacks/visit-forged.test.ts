// Attack: a server says that a user of another server visits it, to write in his name.
import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { parseDomain, parseUserAddress } from '../../plugin/addresses.js'
import { encodeParcel, type Parcel } from '../../plugin/delivery/parcel.js'
import { generateUserKey } from '../../plugin/openpgp/index.js'
import { alice, bob, startDeliveries, type DeliveringServer } from '../_deliveries.js'
import { proofOf } from '../_visits.js'

const anna = parseUserAddress('anna@a.example')
const day = 86_400_000

async function three(t: Test) {
  const lab = await startDeliveries()
  t.teardown(lab.stop)
  const keys = {
    alice: generateUserKey(alice, lab.clock.now()),
    anna: generateUserKey(anna, lab.clock.now()),
  }
  await lab.a.directory.publishUser(alice, keys.alice.certificate, randomBytes(32))
  await lab.a.directory.publishUser(anna, keys.anna.certificate, randomBytes(32))
  await lab.pass(5000)
  const said = (proof: Buffer, more: Partial<Parcel> = {}): Parcel => ({
    conversation: randomBytes(16),
    sequence: 0,
    oldest: 0,
    kind: 'message',
    reply: { tag: randomBytes(16), key: lab.a.identity.routingKeys[0]?.key.octets ?? Buffer.alloc(32) },
    part: 0,
    parts: 1,
    sent: Math.floor(lab.clock.now() / 1000),
    sender: alice,
    recipient: bob,
    payload: Buffer.from('opaque'),
    proof,
    ...more,
  })
  const receive = async (parcel: Parcel, by: DeliveringServer): Promise<void> =>
    lab.b.delivery.receive(
      await encodeParcel(parcel, text => by.identity.authority.signStatement(text)),
      null,
    )
  const proof = (server: string, key = keys.alice, user = alice) =>
    proofOf(user, key, parseDomain(server), lab.clock.now())
  return { ...lab, keys, said, receive, proof }
}

t.test(
  'the server that the user’s own key named is believed, and acknowledged to: the measure of the others',
  async t => {
    const { b, c, said, receive, proof } = await three(t)
    await receive(said(await proof('c.example')), c)
    t.match(b.accepted, [{ sender: alice, recipient: bob }])
    t.equal(b.lastRoute().at(-1), 'c.example')
  },
)

t.test('a server that nobody signed for is not', async t => {
  const { b, c, keys, said, receive, proof } = await three(t)
  await t.rejects(receive(said(await proof('c.example', keys.anna)), c), { code: 'bad-format' })
  await t.rejects(receive(said(randomBytes(150)), c), { code: 'bad-format' })
  const { proof: _, ...without } = said(Buffer.alloc(0))
  await t.rejects(receive(without, c), { code: 'bad-format', message: /no valid voucher/ })
  t.equal(b.accepted.length, 0)
})

t.test('a server that has seen the proof for another one can do nothing with it', async t => {
  const { b, c, a, said, receive, proof } = await three(t)
  const forB = await proof('b.example')
  await t.rejects(receive(said(forB), c), { code: 'bad-format', message: /no valid voucher/ })
  await t.rejects(receive(said(await proof('c.example')), a), { message: /no valid voucher/ })
  await t.rejects(receive(said(await proof('nowhere.example')), c), { message: /no valid voucher/ })
  t.equal(b.accepted.length, 0)
})

t.test('nor can it write as another user of that home with it', async t => {
  const { b, c, said, receive, proof } = await three(t)
  await t.rejects(receive(said(await proof('c.example'), { sender: anna }), c), { code: 'bad-format' })
  t.equal(b.accepted.length, 0)
})

t.test('before and after the time that was signed it is worth nothing', async t => {
  const { b, c, said, receive, proof, clock } = await three(t)
  const visit = await proof('c.example')
  const sent = Math.floor(clock.now() / 1000)
  await t.rejects(receive(said(visit, { sent: sent - 601 }), c), { message: /does not visit/ })
  await t.rejects(receive(said(visit, { sent: sent + 2 * 86_400 + 1 }), c), { message: /does not visit/ })
  clock.advance(3 * day)
  await t.rejects(receive(said(visit), c), { message: /does not visit/ })
  t.equal(b.accepted.length, 0)
})

t.test('the home itself needs none, and is not believed with one', async t => {
  const { a, b, said, receive, proof } = await three(t)
  await t.rejects(receive(said(await proof('a.example')), a), { message: /does not visit/ })
  t.equal(b.accepted.length, 0)
})

t.test('a revoked user visits nobody', async t => {
  const { a, b, c, said, receive, proof, pass } = await three(t)
  await a.directory.revokeUser(alice)
  await pass(5000)
  await t.rejects(receive(said(await proof('c.example')), c), { code: 'recipient-untrusted' })
  t.equal(b.accepted.length, 0)
})

t.test('the visited server has no part in a conversation that the home began', async t => {
  const { a, b, c, said, receive, proof } = await three(t)
  const conversation = randomBytes(16)
  const { proof: _, ...plain } = said(Buffer.alloc(0), { conversation })
  await receive(plain, a)
  await receive(said(await proof('c.example'), { conversation, payload: Buffer.from('other') }), c)
  await receive({ ...plain, sequence: 1 }, a)
  t.same(
    b.accepted.map(({ payload }) => payload.toString()),
    ['opaque', 'other', 'opaque'],
  )
})
