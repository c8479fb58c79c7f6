// The benchmark of look-ups, on a small ring: both servers give the same answers, and every kind is measured.
import t from 'tap'
import { benchLookups } from './lookups.js'
import { ownTemporaryFolder } from './_temporary.js'

t.test('every kind of look-up is measured beside the same answer from memory', async t => {
  ownTemporaryFolder(t)
  const rows = await benchLookups({ rounds: 1, slice: 1, certificates: 100 })
  t.strictSame(
    rows.map(({ name, against, goal }) => [name, against !== null, goal]),
    [
      ['certified users made and stored', false, null],
      ['look-ups by fingerprint, the first time', true, null],
      ['look-ups by fingerprint', true, 0.7],
      ['look-ups by fingerprint, armored', true, 0.7],
      ['look-ups by identity', true, 0.7],
      ['look-ups unchanged (304)', true, 0.7],
    ],
  )
  for (const row of rows) t.ok(row.value > 0 && row.ratio !== 0, `${row.name} was measured`)
})
