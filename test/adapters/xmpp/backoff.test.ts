import t from 'tap'
import { systemRandom } from '../../../adapters/random.js'
import { backoff } from '../../../adapters/xmpp/backoff.js'

const lowest = { ...systemRandom, below: () => 0 }
const highest = { ...systemRandom, below: (limit: number) => limit - 1 }

t.test('the wait doubles from 1 s and ends at 60 s, half as much again at random', t => {
  const failures = [0, 1, 2, 3, 4, 5, 6, 100]
  t.same(
    failures.map(count => backoff(count, lowest)),
    [1000, 2000, 4000, 8000, 16_000, 32_000, 40_000, 40_000],
  )
  t.same(
    failures.map(count => backoff(count, highest)),
    [1500, 3000, 6000, 12_000, 24_000, 48_000, 60_000, 60_000],
  )
  t.end()
})
