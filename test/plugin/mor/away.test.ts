// Who is away: also a server that is suspended after it was met, by the key that it had.
import t from 'tap'
import { findAway } from '../../../plugin/mor/away.js'
import { createFederated } from '../../_federated.js'

t.test('a server that shows another key is away by the known one, until that is back', async t => {
  const lab = createFederated()
  const add = (name: string, peer: string, more = {}) =>
    lab.add(name, { peers: [peer], exchange: false, ...more })
  const [a, b] = [await add('a', 'b'), await add('b', 'a')]
  const away = await findAway(a.federation, a.store, () => true)
  for (const { federation } of [a, b]) federation.start()
  await lab.pass(5000)
  t.same([a.peers(), away()], [['b.example'], []])
  b.stop()
  const other = await add('b', 'a')
  other.federation.start()
  a.federation.lookNow(b.domain)
  await lab.pass(1000)
  t.same([a.peers(), away()], [[], [b.identity.fingerprint]])
  other.stop()
  const again = await add('b', 'a', { store: b.store, keyFile: b.keyFile })
  t.teardown(() => [a, again].forEach(server => server.stop()))
  again.federation.start()
  await lab.pass(180_000, 1000)
  t.same([a.peers(), away()], [['b.example'], []])
})
