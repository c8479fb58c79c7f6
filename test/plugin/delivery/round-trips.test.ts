// Sending again follows how long acknowledgements take: a full network is not filled with what is on its way already.
import t from 'tap'
import { systemRandom } from '../../../adapters/random.js'
import { parseParcel, type Parcel } from '../../../plugin/delivery/parcel.js'
import { encodeReply, type Outcome } from '../../../plugin/delivery/reply.js'
import { createRoundTrips } from '../../../plugin/delivery/round-trips.js'
import { someMail, startDeliveries, type DeliveringServer, type Sent } from '../../_deliveries.js'

function parcelOf({ contents }: Sent): Parcel {
  if (contents.kind !== 'deliver') throw new Error('Not a parcel.')
  return parseParcel(contents.parcel).parcel
}

function sentOf({ sent }: DeliveringServer, text: string): Sent[] {
  return sent.filter(one => parcelOf(one).payload.toString() === text)
}

async function acknowledge(server: DeliveringServer, text: string, outcome: Outcome): Promise<void> {
  const [first] = sentOf(server, text)
  if (!first) throw new Error('It was not sent.')
  await server.delivery.receive(encodeReply(outcome), parcelOf(first).reply.tag)
}

t.test('where acknowledgements take half a minute, messages are not sent again and again before', async t => {
  // The shortest waits that there are.
  const { a, pass, stop } = await startDeliveries({ ...systemRandom, exponential: () => 0 })
  t.teardown(stop)
  const counts: number[] = []
  for (let number = 0; number < 20; number++) {
    const text = String(number)
    await a.delivery.send(someMail(text))
    await pass(30_000, 500)
    counts.push(sentOf(a, text).length)
    await acknowledge(a, text, 'shown')
    await pass(0)
  }
  const last = counts.slice(-10)
  t.ok((counts[0] ?? 0) >= 3, `nothing is known at first: ${counts.join(' ')}`)
  t.ok(
    last.every(count => count === 1),
    last.join(' '),
  )
})

t.test('the wait is never shorter than clocks take, and not much longer for who holds back', t => {
  const trips = createRoundTrips(1000)
  t.equal(trips.usual, 2000)
  for (let times = 0; times < 50; times++) trips.came(10)
  t.equal(trips.usual, 1000)
  for (let times = 0; times < 50; times++) trips.came(3_600_000)
  t.equal(trips.usual, 1000, 'that is no time of the way')
  for (let times = 0; times < 50; times++) trips.came(times % 2 === 0 ? 64_000 : 30_000)
  t.equal(trips.usual, 64_000)
  for (let times = 0; times < 100; times++) trips.came(times % 2 === 0 ? 4000 : 6000)
  t.ok(trips.usual > 6000 && trips.usual < 8000, String(trips.usual))
  t.end()
})

t.test(
  'what the other side has and can not show yet is not asked for; it is when its turn has come',
  async t => {
    const { a, pass, stop } = await startDeliveries()
    t.teardown(stop)
    for (const text of ['one', 'two']) await a.delivery.send(someMail(text))
    await pass(0)
    await acknowledge(a, 'two', 'kept')
    await pass(600_000, 1000)
    t.ok(sentOf(a, 'one').length > 4)
    t.equal(sentOf(a, 'two').length, 1)
    await acknowledge(a, 'one', 'shown')
    await pass(60_000, 500)
    t.ok(sentOf(a, 'two').length > 1)
  },
)

t.test('word of a message that waited for others before it says nothing of the way', async t => {
  const { a, pass, stop } = await startDeliveries()
  t.teardown(stop)
  for (const text of ['one', 'two']) await a.delivery.send(someMail(text))
  await pass(40_000, 500)
  await acknowledge(a, 'two', 'shown')
  await a.delivery.send(someMail('three'))
  await pass(40_000, 500)
  t.ok(sentOf(a, 'three').length > 1, 'it does not wait for so long')
})
