// The figures by which an admin chooses a profile.
import t from 'tap'
import { costOf, profiles } from '../../plugin/profiles.js'

t.test('the default profile stays inside 30 kB/s for each listener', async t => {
  const cost = costOf(profiles.default, 3, 1)
  t.equal(cost.cellsPerSecond, 8)
  t.equal(cost.kilobytesPerSecond, 25.056)
})

t.test('a message takes one cell for each layer of its onion', async t => {
  t.equal(costOf(profiles.default, 3, 1).messagesPerMinute, 96)
  t.equal(costOf(profiles.default, 2, 0).messagesPerMinute, 240)
  t.equal(costOf(profiles.fast, 4, 2).messagesPerMinute, 240)
})
