// A client may ask so much in a minute, and again in the next one, whatever the clock says.
import t from 'tap'
import { createRateLimit } from '../../../adapters/http/rate-limit.js'
import { createVirtualClock } from '../../_virtual-clock.js'
import { createMovedClock } from '../../faults/moved-clock.js'

const minute = 60_000

t.test('each client has its own minute', t => {
  const clock = createVirtualClock()
  const isAllowed = createRateLimit(clock, 2)
  t.same(
    [1, 1, 1].map(cost => isAllowed('one', cost)),
    [true, true, false],
  )
  t.ok(isAllowed('another', 2))
  clock.advance(minute)
  t.ok(isAllowed('one', 1))
  t.end()
})

t.test('a clock that is set back locks nobody out, and one that is set forward lets nobody in', t => {
  const machine = createVirtualClock()
  const clock = createMovedClock(machine)
  const isAllowed = createRateLimit(clock, 1)
  t.ok(isAllowed('one', 1))
  clock.set(60 * minute)
  t.notOk(isAllowed('one', 1))
  clock.set(-60 * minute)
  machine.advance(minute)
  t.ok(isAllowed('one', 1))
  t.end()
})
