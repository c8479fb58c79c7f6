// The server's own key: made once, and never that of another server.
import t from 'tap'
import { parseDomain } from '../../../plugin/addresses.js'
import { openIdentity } from '../../../plugin/pki/index.js'
import { memoryKeyFile } from '../../_federated.js'
import { createVirtualClock } from '../../_virtual-clock.js'

const [a, b] = [parseDomain('a.example'), parseDomain('b.example')]

t.test('the key that was made at the first start is the key of every later one', async t => {
  const [file, clock] = [memoryKeyFile(), createVirtualClock()]
  const first = await openIdentity(a, file, clock)
  t.equal((await openIdentity(a, file, clock)).fingerprint, first.fingerprint)
})

t.test('the key of another domain is refused and stays as it is', async t => {
  const [file, clock] = [memoryKeyFile(), createVirtualClock()]
  await openIdentity(a, file, clock)
  const before = await file.load()
  clock.advance(30 * 86_400_000)
  await t.rejects(openIdentity(b, file, clock), { code: 'config-invalid', message: /server\.domain/ })
  t.same(await file.load(), before)
})
