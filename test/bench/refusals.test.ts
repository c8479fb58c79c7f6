// The benchmark of refusals, on a small ring: in both forms the key gets its answer, although the server hangs up.
import t from 'tap'
import { benchRefusals } from './refusals.js'
import { ownTemporaryFolder } from './_temporary.js'

t.test('a key of very many signatures is refused in either form', async t => {
  ownTemporaryFolder(t)
  const [declared, streamed, resident, used] = await benchRefusals({ rounds: 1, slice: 1, certificates: 2 })
  t.match(
    [declared, streamed, resident, used],
    [
      { name: 'a key of 100000 signatures refused', unit: 'ms', goal: 50 },
      { name: 'the same, of a length that is not said', unit: 'ms', goal: 50 },
      { name: 'growth of memory by 24 of them', unit: 'MB', goal: 10 },
      { name: 'growth of what is in use by 24 of them', unit: 'MB', goal: 10, ok: true },
    ],
  )
  t.ok(Number(declared?.value) > 0 && Number(streamed?.value) > 0)
})

t.test('a server that keeps something of each key is found out', async t => {
  ownTemporaryFolder(t)
  const leak = 2_000_000
  const [, , resident, used] = await benchRefusals({ rounds: 1, slice: 1, certificates: 2, leak })
  t.match([resident, used], [{ ok: false }, { ok: false }])
  t.ok(Math.abs(Number(used?.value) - 24 * 2) < 5, 'all that it keeps is counted')
})
