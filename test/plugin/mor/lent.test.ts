// A context in a room that somebody lends is known to the servers that may listen, and to nobody else.
import t from 'tap'
import type { ListenerAddress } from '../../../plugin/ports.js'
import { startMorServers, type MorServer } from '../../_mor-servers.js'

const pace = { interval: 250, meanDelay: 0 }

t.test('nobody else is told of it, neither by its server nor by one that listens', async t => {
  const lab = await startMorServers(['a', 'b', 'c'], pace)
  t.teardown(() => lab.stop())
  const [a, b, c] = lab.servers as [MorServer, MorServer, MorServer]
  const room = a.host.rooms.make('ops', [a.host.rooms.speaker])
  let allowed = ['b.example']
  const lent = await a.mor.lend({ address: room, group: 'main', admits: peer => allowed.includes(peer) })
  t.equal(a.mor.contexts.length, 1, 'it does not speak yet')
  lent.speak(pace)
  await lab.pass(5000)
  t.ok(b.mor.heard().some(({ context }) => context === room))
  const ask = async (from: MorServer, to: MorServer, request: string, body: object): Promise<string> => {
    const peer = from.federation.peers().find(({ domain }) => domain === to.domain)
    if (!peer) throw new Error('Not federated.')
    return JSON.stringify(await from.federation.ask(peer, request, body))
  }
  const listener = (server: MorServer): ListenerAddress => server.host.carrier.listener
  const main = (server: MorServer) => server.mor.contexts.find(({ address }) => address !== room)?.address
  t.match(await ask(b, a, 'contexts', {}), room)
  t.match(await ask(b, a, 'join', { context: main(a), listener: listener(b) }), `"lent":true`)
  t.notMatch(await ask(c, a, 'contexts', {}), room)
  t.notMatch(await ask(c, a, 'join', { context: main(a), listener: listener(c) }), room)
  t.notMatch(await ask(c, b, 'join', { context: main(b), listener: listener(c) }), room)
  await t.rejects(ask(c, a, 'join', { context: room, listener: listener(c) }), { code: 'peer-refused' })
  t.same(await a.host.carrier.admitted(room), [listener(b)])
  allowed = []
  await lent.refuse(b.domain)
  await t.rejects(ask(b, a, 'join', { context: room, listener: listener(b) }), { code: 'peer-refused' })
  await lab.pass(5000)
  t.notOk(b.mor.heard().some(({ context }) => context === room))
  t.same(await a.host.carrier.admitted(room), [])
})

t.test('leave that is taken back while a server joins', async t => {
  const lab = await startMorServers(['a', 'b'], pace)
  t.teardown(() => lab.stop())
  const [a, b] = lab.servers as [MorServer, MorServer]
  const room = a.host.rooms.make('ops', [a.host.rooms.speaker])
  let asked = 0
  // The third question is after the bot was let in.
  const lent = await a.mor.lend({ address: room, group: 'main', admits: () => ++asked < 3 })
  const [peer] = b.federation.peers()
  lent.context.setPace(pace)
  asked = 1
  if (peer)
    await t.rejects(b.federation.ask(peer, 'join', { context: room, listener: b.host.carrier.listener }), {
      code: 'peer-refused',
    })
  t.same(await a.host.carrier.admitted(room), [])
  t.equal(lent.context.members.size, 0)
})
