// The benchmark of certifying, on a few keys: both ways are measured.
import t from 'tap'
import { benchCertify } from './certify.js'

t.test('certifying is measured beside what cannot be left out', async t => {
  const rows = await benchCertify({ rounds: 1, slice: 1, keys: 10 })
  t.strictSame(
    rows.map(({ name, goal }) => [name, goal]),
    [
      ['a user certified, his key checked before', 0.5],
      ['a user certified, his key new', 0.5],
    ],
  )
  for (const { value, ratio } of rows) t.ok(value > 0 && ratio !== null && ratio > 0)
})
