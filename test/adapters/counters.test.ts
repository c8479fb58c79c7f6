// Counters: they count, by name.
import t from 'tap'
import { createCounters } from '../../adapters/counters.js'

t.test('each name has its own number, and a snapshot does not change', async t => {
  const counters = createCounters()
  for (const name of ['b', 'a', 'b']) counters.count(name)
  const snapshot = counters.snapshot()
  counters.count('a')
  t.strictSame(Object.entries(snapshot), [
    ['a', 1],
    ['b', 2],
  ])
})

t.test('a name like a property of objects is an ordinary name', async t => {
  const counters = createCounters()
  counters.count('constructor')
  t.equal(counters.snapshot()['constructor'], 1)
})
