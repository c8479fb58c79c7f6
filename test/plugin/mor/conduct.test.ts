// How peers behave as speakers, by a clock that may be set.
import t from 'tap'
import { createCounters } from '../../../adapters/counters.js'
import { parseDomain } from '../../../plugin/addresses.js'
import { createConduct, type DeclaredContext } from '../../../plugin/mor/conduct.js'
import type { ContextAddress } from '../../../plugin/ports.js'
import { settled } from '../../_counted-work.js'
import { createMovedClock } from '../../faults/moved-clock.js'
import { createVirtualClock } from '../../_virtual-clock.js'

const context: DeclaredContext = {
  address: 'one@conference.b.example' as ContextAddress,
  speaker: parseDomain('b.example'),
  interval: 25,
}

t.test('an honest speaker is heard, and not blamed, by a server whose own clock is set', t => {
  const right = createVirtualClock()
  const clock = createMovedClock(right)
  const conduct = createConduct({ clock, counters: createCounters(), alarm: () => undefined })
  t.teardown(conduct.stop)
  for (const wrong of [0, 240_000, 0, -240_000, 0]) {
    clock.set(wrong)
    for (let tick = 0; tick < 2000; tick++) {
      right.advance(25)
      if (!conduct.admits(context)) t.fail(`tick ${tick}, wrong by ${wrong}`)
    }
  }
  t.match(conduct.state(context.speaker), { score: 0, mutedFor: null, tooFast: 0 })
  t.end()
})

t.test('a peer is muted for as long as it says, however the clock is set meanwhile', async t => {
  for (const wrong of [-3_600_000, 3_600_000]) {
    const right = createVirtualClock()
    const clock = createMovedClock(right)
    const conduct = createConduct({ clock, counters: createCounters(), alarm: () => undefined })
    const pass = async (seconds: number): Promise<void> => {
      for (let second = 0; second < seconds; second++) {
        right.advance(1000)
        await settled(2)
      }
    }
    while (!conduct.isMuted(context.speaker)) conduct.blame(context, 'repeated')
    clock.set(wrong)
    await pass(59)
    t.ok(conduct.isMuted(context.speaker), 'still muted')
    t.equal(conduct.state(context.speaker).mutedFor, 1)
    await pass(2)
    t.notOk(conduct.isMuted(context.speaker), 'and not any more')
    conduct.stop()
  }
})
