// What has waited long is sent again soon when a peer is heard or an acknowledgement comes: at random times, not too often.
import t, { type Test } from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { createFlights, newFlight, type Flight } from '../../../plugin/delivery/flights.js'
import { createHurry } from '../../../plugin/delivery/hurry.js'
import { parseParcel, type Parcel } from '../../../plugin/delivery/parcel.js'
import { encodeReply } from '../../../plugin/delivery/reply.js'
import { createTimetable } from '../../../plugin/delivery/timetable.js'
import { systemRandom } from '../../../adapters/random.js'
import { alice, bob, someMail, startDeliveries, type Sent } from '../../_deliveries.js'
import { settled } from '../../_counted-work.js'
import { createVirtualClock } from '../../_virtual-clock.js'
import { createChance } from '../../faults/chance.js'
import { createMovedClock } from '../../faults/moved-clock.js'

const minute = 60_000
const spread = 25_000

function parcelOf({ contents }: Sent): Parcel {
  if (contents.kind !== 'deliver') throw new Error('Not a parcel.')
  return parseParcel(contents.parcel).parcel
}

/**
 * Messages that nobody acknowledged for so long that the next tries are minutes apart. Times are drawn from a seed: by mere chance
 * they lie close together, or fall into the time that a test looks at, once in some thousand runs.
 */
async function longUnheard(t: Test, contacts: number, each: number) {
  const lab = await startDeliveries({ ...createChance(5), octets: systemRandom.octets })
  t.teardown(lab.stop)
  const { a, clock, pass } = lab
  for (let contact = 0; contact < contacts; contact++)
    for (let number = 0; number < each; number++) {
      const to = parseUserAddress(`contact${String(contact)}@b.example`)
      await a.delivery.send(someMail(`${String(contact)} ${String(number)}`, alice, to))
    }
  await pass(40 * minute, 1000)
  // Also what would have been sent in this time anyway.
  const sentWithin = async (ms: number): Promise<{ text: string; at: number }[]> => {
    const sent: { text: string; at: number }[] = []
    for (let passed = 0; passed < ms; passed += 100) {
      const before = a.sent.length
      await pass(100, 100)
      for (const one of a.sent.slice(before))
        sent.push({ text: parcelOf(one).payload.toString(), at: clock.now() })
    }
    return sent
  }
  return { ...lab, sentWithin }
}

t.test(
  'a peer is heard again: the first of each conversation is sent soon, each at its own time',
  async t => {
    const { a, sentWithin } = await longUnheard(t, 12, 3)
    a.peerHeard()
    const sent = await sentWithin(spread)
    const first = new Map(sent.filter(({ text }) => text.endsWith(' 0')).map(({ text, at }) => [text, at]))
    t.equal(first.size, 12, 'of every conversation')
    const times = [...first.values()].sort((one, other) => one - other)
    t.ok((times.at(-1) ?? 0) - (times[0] ?? 0) > spread / 3, 'over a while')
    t.ok(new Set(times).size > 8, 'not together')
    t.ok(sent.length < 2 * 12, 'the others wait for what the first find out')
  },
)

t.test('a peer that comes and goes all the time has little sent', async t => {
  const { a, sentWithin } = await longUnheard(t, 1, 1)
  let sent = 0
  for (let at = 0; at < 10 * minute; at += 5000) {
    a.peerHeard()
    sent += (await sentWithin(5000)).length
  }
  t.ok(sent >= 5 && sent <= 30, `${String(sent)} times`)
})

t.test(
  'the first is acknowledged: the others of its conversation are sent soon, and no more than they',
  async t => {
    const { a, sentWithin } = await longUnheard(t, 2, 4)
    const known = a.sent.findLast(one => parcelOf(one).payload.toString() === '0 0')
    if (!known) throw new Error('It was not sent.')
    await a.delivery.receive(encodeReply('shown'), parcelOf(known).reply.tag)
    const texts = (await sentWithin(spread)).map(({ text }) => text)
    for (const text of ['0 1', '0 2', '0 3']) t.ok(texts.includes(text), text)
    t.notOk(texts.includes('0 0'))
    t.ok(texts.length < 8, texts.join(', '))
  },
)

t.test('what would be sent sooner anyway keeps its time', async t => {
  // What hurries would leave as late as it may; without hurry it is sent again after some seconds.
  const late = { ...systemRandom, below: (limit: number) => limit - 1, exponential: () => 0 }
  const { a, pass, stop } = await startDeliveries(late)
  t.teardown(stop)
  await a.delivery.send(someMail('new', alice, bob))
  await pass(0)
  t.equal(a.sent.length, 1)
  a.peerHeard()
  await pass(10_000, 100)
  t.ok(a.sent.length >= 2, 'no later than without')
})

t.test('a clock that is set back makes the pause no longer', t => {
  const machine = createVirtualClock()
  const clock = createMovedClock(machine)
  const flight = { settled: false, due: Number.MAX_SAFE_INTEGER, growth: 0 } as Flight
  let planned = 0
  const hurry = createHurry({
    flights: { heads: () => [flight], beside: () => [] },
    plan: () => planned++,
    roundTrip: 1000,
    clock,
    random: systemRandom,
  })
  hurry.peerHeard()
  machine.advance(0)
  clock.set(-60 * minute)
  hurry.peerHeard()
  machine.advance(5 * minute)
  t.equal(planned, 2)
  hurry.stop()
  t.end()
})

/** One message that left already and is sent again in so many milliseconds, on a machine whose clock may be set. */
function oneOnItsWay(again: number) {
  const machine = createVirtualClock()
  const clock = createMovedClock(machine)
  const left: number[] = []
  const timetable = createTimetable({
    flights: createFlights(),
    roundTrips: { usual: again / 1.5 },
    mostUnderWay: 10,
    patience: 180 * minute,
    leave: () => Promise.resolve(left.push(machine.now()) > 0),
    roundTrip: 1000,
    clock,
    random: { ...systemRandom, exponential: () => 0 },
  })
  const place = { conversation: Buffer.alloc(16), sequence: 0 }
  timetable.enter(newFlight(clock, { ...place, accepted: clock.now() }, { sender: alice, kind: 'message' }))
  timetable.start(() => false)
  return { machine, clock, left, timetable }
}

t.test('a clock that is set forward keeps nothing from being sent soon', async t => {
  const { machine, clock, left, timetable } = oneOnItsWay(10 * minute)
  await settled(5)
  clock.set(60 * minute)
  timetable.peerHeard()
  machine.advance(spread)
  await settled(5)
  t.equal(left.length, 2)
  timetable.stop()
})

t.test('a clock that is set back moves nothing to a later time', async t => {
  const { machine, clock, left, timetable } = oneOnItsWay(10)
  await settled(5)
  clock.set(-60 * minute)
  timetable.peerHeard()
  machine.advance(10)
  await settled(5)
  t.equal(left.length, 2)
  timetable.stop()
})
