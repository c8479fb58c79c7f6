// Attack: a peer's key is swapped while the two are connected, when nobody expects to look at it.
import t, { type Test } from 'tap'
import { createFederated } from '../_federated.js'

const minute = 60_000

async function connected(t: Test) {
  const lab = createFederated()
  const [a, b] = [await lab.add('a', { peers: ['b'] }), await lab.add('b', { peers: ['a'] })]
  t.teardown(() => [a, b].forEach(server => server.stop()))
  for (const { federation } of [a, b]) federation.start()
  await lab.pass(5000)
  const answering = lab.network.host(b.domain).peers
  const impostor = await createFederated().add('b')
  const shown = impostor.identity.shown.octets
  return { ...lab, a, b, answering, shown }
}

t.test('by somebody who can not answer as the peer: noticed at the next request', async t => {
  const { a, b, answering, shown, pass } = await connected(t)
  b.stop()
  answering.answer(() => Promise.resolve(shown))
  const [peer] = a.federation.peers()
  if (!peer) throw new Error('They are federated.')
  await t.rejects(a.federation.ask(peer, 'keys', { after: 0 }))
  await pass(minute + 1000, 1000)
  t.same(a.peers(), [])
  t.match(a.complaints, [/suspended: .*another key/])
})

t.test('nobody asks for anything: noticed by the regular questions for keys', async t => {
  const { a, b, answering, shown, pass } = await connected(t)
  b.stop()
  answering.answer(() => Promise.resolve(shown))
  await pass(17 * minute, 1000)
  t.same(a.peers(), [])
})

t.test(
  'by somebody who passes all requests on and shows another certificate: noticed within two hours',
  async t => {
    const { a, b, shown, pass } = await connected(t)
    const { ask } = a.host.peers
    a.host.peers.ask = (peer, request) => (request[0] === 1 ? Promise.resolve(shown) : ask(peer, request))
    await pass(30 * minute, 10_000)
    t.same(a.peers(), ['b.example'], 'all that is asked is answered by the peer itself')
    await pass(90 * minute, 10_000)
    t.same([a.peers(), b.peers()], [[], ['a.example']])
  },
)
