// The speaker's clock: one cell at each tick, whatever waits and however late or early the machine's timers are.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { parseDomain } from '../../../plugin/addresses.js'
import { createCounters } from '../../../adapters/counters.js'
import { openCell, parseFrame } from '../../../plugin/mor/cell.js'
import { here, startSpeaker, type SpeakerOptions } from '../../../plugin/mor/speaker.js'
import { generateUnwrappingKey, wrapLayer } from '../../../plugin/openpgp/index.js'
import type { Clock, ContextAddress } from '../../../plugin/ports.js'
import { createVirtualClock } from '../../_virtual-clock.js'
import { createMovedClock } from '../../faults/moved-clock.js'

const link = randomBytes(32)
const interval = 25

function speakOn(clock: Clock, options: Partial<SpeakerOptions> = {}) {
  const [start, cells] = [clock.now(), [] as { at: number; frame: string }[]]
  const counters = createCounters()
  const speaker = startSpeaker({
    context: 'room@conference.a.example' as ContextAddress,
    interval,
    limit: 10,
    linkKey: () => link,
    speak: frame => cells.push({ at: clock.now() - start, frame }) > 0,
    clock,
    counters,
    trace: () => undefined,
    ...options,
  })
  return { speaker, cells, counters, kinds: () => cells.map(({ frame }) => kindOf(frame)) }
}

function kindOf(frame: string): string {
  const opened = openCell(link, parseFrame(frame))
  return opened === 'cover' || opened === null ? String(opened) : opened.tag.toString('hex')
}

function someOnion() {
  return { tag: randomBytes(16), onion: wrapLayer(Buffer.alloc(300), generateUnwrappingKey(), 1351) }
}

/** A clock with one timer, which the test runs when it likes. */
function createHandClock() {
  let [time, waiting] = [0, (): void => undefined]
  const clock: Clock = {
    now: () => time,
    steady: () => time,
    after(_, run) {
      waiting = run
      return () => (waiting = () => undefined)
    },
  }
  const runAt = (at: number): void => {
    time = at
    waiting()
  }
  return { clock, runAt }
}

t.test('a clock that is set while it speaks moves no tick', t => {
  const right = createVirtualClock()
  const clock = createMovedClock(right)
  const times: number[] = []
  const { speaker } = speakOn(clock, { speak: () => times.push(right.now()) > 0 })
  for (const wrong of [0, 86_400_007, -3_600_011, 13]) {
    clock.set(wrong)
    right.advance(4 * interval)
  }
  t.equal(times.length, 16)
  t.same(
    times.slice(1).map((time, at) => time - (times[at] ?? 0)),
    Array.from({ length: 15 }, () => interval),
  )
  speaker.stop()
  t.end()
})

t.test('an idle context speaks one cover cell at each tick', async t => {
  const clock = createVirtualClock()
  const { cells, kinds } = speakOn(clock)
  clock.advance(interval * 40)
  t.same(
    cells.map(({ at }) => at),
    Array.from({ length: 40 }, (_, tick) => (tick + 1) * interval),
  )
  t.ok(kinds().every(kind => kind === 'cover'))
})

t.test('under load it speaks the onions in their order, as many cells and no sooner', async t => {
  const clock = createVirtualClock()
  const { speaker, cells, kinds } = speakOn(clock)
  const onions = Array.from({ length: 5 }, someOnion)
  clock.advance(interval * 2 + 7)
  for (const onion of onions) t.equal(speaker.say(onion, here), true)
  t.equal(cells.length, 2, 'nothing is spoken at once')
  clock.advance(interval * 38 - 7)
  t.same(
    cells.map(({ at }) => at),
    Array.from({ length: 40 }, (_, tick) => (tick + 1) * interval),
  )
  const tags = onions.map(({ tag }) => tag.toString('hex'))
  t.same(kinds().slice(0, 9), ['cover', 'cover', ...tags, 'cover', 'cover'])
})

t.test('a full queue refuses, and takes again when one was spoken', async t => {
  const clock = createVirtualClock()
  const { speaker, counters } = speakOn(clock, { limit: 2 })
  t.same(
    [someOnion(), someOnion(), someOnion()].map(onion => speaker.say(onion, here)),
    [true, true, false],
  )
  t.equal(speaker.waiting, 2)
  t.equal(counters.snapshot()['onions dropped: queue full'], 1)
  clock.advance(interval)
  t.equal(speaker.say(someOnion(), here), true)
})

t.test('whoever brings much waits behind his own only, and gives way when the queue is full', async t => {
  const clock = createVirtualClock()
  const { speaker, kinds, counters } = speakOn(clock, { limit: 20 })
  const [loud, quiet] = [parseDomain('loud.example'), parseDomain('quiet.example')]
  const [floods, few] = [Array.from({ length: 30 }, someOnion), [someOnion(), someOnion()]]
  t.equal(floods.filter(onion => speaker.say(onion, loud)).length, 20)
  for (const onion of few) t.equal(speaker.say(onion, quiet), true, 'one of the other goes instead')
  t.equal(speaker.say(someOnion(), here), true)
  t.equal(speaker.waiting, 20)
  t.equal(speaker.own, 1)
  t.equal(counters.snapshot()['onions dropped: queue full'], 13)
  clock.advance(interval * 5)
  t.same(
    few.map(({ tag }) => kinds().indexOf(tag.toString('hex'))),
    [1, 4],
    'in turns with the two others',
  )
})

t.test('ticks that were missed are left out, and the next lies on the grid', async t => {
  const { clock, runAt } = createHandClock()
  const { speaker, cells } = speakOn(clock)
  for (let count = 0; count < 3; count++) speaker.say(someOnion(), here)
  for (const at of [25, 50, 190, 200, 225]) runAt(at)
  t.same(
    cells.map(({ at }) => at),
    [25, 50, 190, 200, 225],
    'one cell for the ticks 75 to 175, however many wait',
  )
})

t.test('a timer that comes a moment early does not make two cells of one tick', async t => {
  const virtual = createVirtualClock()
  // Timers of Node.js fire up to a millisecond before their time by the clock.
  const hasty: Clock = { ...virtual, after: (delay, run) => virtual.after(Math.max(delay - 1, 1), run) }
  const { cells } = speakOn(hasty)
  virtual.advance(interval * 40)
  t.ok(cells.length >= 39 && cells.length <= 40, `${String(cells.length)} cells in 40 ticks`)
  t.ok(cells.every(({ at }) => at % interval === interval - 1))
})

t.test(
  'an onion whose cell the host does not take waits for the next tick, and the clock goes on',
  async t => {
    const clock = createVirtualClock()
    const taken: string[] = []
    let takes = false
    const { speaker, counters } = speakOn(clock, { speak: frame => takes && taken.push(frame) > 0 })
    speaker.say(someOnion(), here)
    clock.advance(interval * 4)
    t.equal(counters.snapshot()['cells not taken by the host'], 4)
    t.equal(speaker.waiting, 1)
    takes = true
    clock.advance(interval)
    t.equal(taken.length, 1)
    t.equal(speaker.waiting, 0)
  },
)

t.test('a stopped speaker is silent and leaves no timer behind', async t => {
  const clock = createVirtualClock()
  const { speaker, cells } = speakOn(clock)
  clock.advance(interval)
  speaker.stop()
  clock.advance(interval * 10)
  t.equal(cells.length, 1)
  t.equal(clock.waiting, 0)
})
