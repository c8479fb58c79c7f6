// The benchmark of accepting, with a few users.
import t from 'tap'
import { benchAccepted } from './accepted.js'

t.test('accepting is measured beside bare inserts', async t => {
  const [row, ...others] = await benchAccepted({ rounds: 1, slice: 1, users: 5 })
  t.strictSame(others, [])
  t.match(row, { name: 'messages accepted, on disk', against: 'bare SQLite inserts', goal: 0.5 })
  t.ok(row && row.value > 0 && row.ratio !== null && row.ratio > 0)
})
