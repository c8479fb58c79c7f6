// A rate over the last minute: exact for a steady beat, gone a minute after the last one.
import t from 'tap'
import { createRateMeter } from '../../plugin/rate-meter.js'
import { createVirtualClock } from '../_virtual-clock.js'

t.test('eight a second are eight, from the first full second on', async t => {
  const clock = createVirtualClock()
  const meter = createRateMeter(clock)
  const beat = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += 125) {
      meter.count()
      clock.advance(125)
    }
  }
  t.equal(meter.perSecond(), 0)
  for (const ms of [1000, 5000, 60_000, 300_000]) {
    beat(ms)
    t.equal(meter.perSecond(), 8, `${String(ms)} ms later`)
  }
})

t.test('what stopped a minute ago is nothing, also after a pause that is much longer', async t => {
  const clock = createVirtualClock()
  const meter = createRateMeter(clock)
  for (let second = 0; second < 60; second++) {
    meter.count()
    clock.advance(1000)
  }
  clock.advance(29_000)
  t.equal(Math.round(meter.perSecond() * 59), 30)
  clock.advance(31_000)
  t.equal(meter.perSecond(), 0)
  meter.count()
  clock.advance(1_000_000)
  t.equal(meter.perSecond(), 0)
})
