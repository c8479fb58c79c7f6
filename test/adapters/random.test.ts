import t from 'tap'
import { systemRandom } from '../../adapters/random.js'

t.test('octets come in the length asked for and differ', t => {
  t.equal(systemRandom.octets(16).length, 16)
  t.notSame(systemRandom.octets(16), systemRandom.octets(16))
  t.end()
})

t.test('integers fill their range evenly', t => {
  const counts = new Array<number>(10).fill(0)
  for (let draw = 0; draw < 20_000; draw++) {
    const drawn = systemRandom.below(10)
    counts[drawn] = (counts[drawn] ?? 0) + 1
  }
  // Ten standard deviations of a count: a fair source fails this never.
  t.equal(counts.length, 10)
  for (const count of counts) t.ok(Math.abs(count - 2000) < 430)
  t.equal(systemRandom.below(1), 0)
  t.end()
})

t.test('a range just over half of the words is even too: the remainder would favour its lower half', t => {
  const limit = 3 * 2 ** 46
  let low = 0
  for (let draw = 0; draw < 10_000; draw++) if (systemRandom.below(limit) < limit / 3) low++
  // One third is expected, one half with the bias.
  t.ok(low > 3000 && low < 3700, `${String(low)} of 10,000 in the lowest third`)
  t.end()
})

t.test('a limit that is no whole number from 1 to 2^48 is refused', t => {
  for (const limit of [0, -1, 1.5, NaN, Infinity, 2 ** 48 + 1]) {
    t.throws(() => systemRandom.below(limit), RangeError)
  }
  t.end()
})

t.test('exponential delays are finite, never negative, and have their mean', t => {
  let sum = 0
  for (let draw = 0; draw < 20_000; draw++) {
    const drawn = systemRandom.exponential(1000)
    if (!(drawn >= 0 && Number.isFinite(drawn))) t.fail(`drew ${String(drawn)}`)
    sum += drawn
  }
  t.ok(Math.abs(sum / 20_000 - 1000) < 75)
  t.end()
})
