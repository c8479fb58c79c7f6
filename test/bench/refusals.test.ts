// The benchmark of refusals, on a small ring: in both forms the key gets its answer, although the server hangs up.
import t from 'tap'
import { benchRefusals } from './refusals.js'
import { ownTemporaryFolder } from './_temporary.js'

t.test('a key of very many signatures is refused in either form', async t => {
  ownTemporaryFolder(t)
  const [declared, streamed, growth] = await benchRefusals({ rounds: 1, slice: 1, certificates: 2 })
  t.match(
    [declared, streamed, growth],
    [
      { name: 'a key of 100000 signatures refused', unit: 'ms', goal: 50 },
      { name: 'the same, of a length that is not said', unit: 'ms', goal: 50 },
      { name: 'growth of memory by 20 of them', unit: 'MB', goal: 10 },
    ],
  )
  t.ok(Number(declared?.value) > 0 && Number(streamed?.value) > 0)
})
