// Whoever was heard a moment ago is heard, and nobody else, however the clock is set.
import t from 'tap'
import { createCounters } from '../../../adapters/counters.js'
import { parseDomain } from '../../../plugin/addresses.js'
import { watchHearing } from '../../../plugin/mor/hearing.js'
import type { Log } from '../../../plugin/ports.js'
import { createVirtualClock } from '../../_virtual-clock.js'
import { createMovedClock } from '../../faults/moved-clock.js'

const hour = 3_600_000
const b = parseDomain('b.example')
const quiet = (): void => undefined
const log: Log = { debug: quiet, info: quiet, warn: quiet, error: quiet }

function watched() {
  const machine = createVirtualClock()
  const clock = createMovedClock(machine)
  const hearing = watchHearing({ clock, counters: createCounters(), trace: quiet, log })
  hearing.heard(b)
  return { machine, clock, hearing }
}

t.test('a server that says nothing more is silent after 15 s, also on a clock that was set back', t => {
  const { machine, clock, hearing } = watched()
  clock.set(-hour)
  machine.advance(14_000)
  t.ok(hearing.isHeard(b))
  machine.advance(1000)
  t.notOk(hearing.isHeard(b))
  hearing.stop()
  t.end()
})

t.test('a clock that is set forward makes nobody silent', t => {
  const { clock, hearing } = watched()
  clock.set(hour)
  t.ok(hearing.isHeard(b))
  hearing.stop()
  t.end()
})
