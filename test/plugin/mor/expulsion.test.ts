// Who is no peer any more is thrown out of the rooms, also when this server could not do it at that moment.
import t, { type Test } from 'tap'
import type { Domain } from '../../../plugin/ports.js'
import { startMorServers, withMor, type MorServer } from '../../_mor-servers.js'

const pace = { interval: 60_000 }
const minute = 60_000

/** Servers a, b and c; a was stopped, with b's and c's bots let into its room. */
async function stopped(t: Test) {
  const lab = await startMorServers(['a', 'b', 'c'], pace)
  t.teardown(() => lab.stop())
  const [a, b, c] = lab.servers as [MorServer, MorServer, MorServer]
  const listeners = (...of: MorServer[]) => of.map(({ host }) => host.carrier.listener).sort()
  const letIn = async () => {
    const [context] = a.mor.contexts
    return context ? [...(await a.host.carrier.admitted(context.address))].sort() : []
  }
  t.same(await letIn(), listeners(b, c))
  a.stop()
  await a.mor.stop()
  const startAgain = async (peers: readonly string[]) => {
    const again = await lab.add('a', { peers, store: a.store, keyFile: a.keyFile, exchange: false })
    const server = await withMor(lab, again, pace)
    t.teardown(async () => {
      server.stop()
      await server.mor.stop()
    })
    server.federation.start()
    return server
  }
  return { ...lab, b, c, listeners, letIn, startAgain }
}

t.test('removed while the server was stopped', async t => {
  const { b, c, listeners, letIn, startAgain, pass } = await stopped(t)
  await startAgain(['c'])
  await pass(minute, 500)
  t.same(await letIn(), listeners(b, c), 'those that are peers have time to ask')
  await pass(2 * minute, 500)
  t.same(await letIn(), listeners(c))
})

t.test('removed in the first moment after a start', async t => {
  const { c, listeners, letIn, startAgain, pass } = await stopped(t)
  const a = await startAgain(['b', 'c'])
  a.federation.remove('b.example' as Domain)
  await pass(3 * minute, 500)
  t.same(await letIn(), listeners(c))
})

t.test('a peer that was away comes in again', async t => {
  const { network, b, c, listeners, letIn, startAgain, pass } = await stopped(t)
  network.setReachable(b.domain, false)
  await startAgain(['b', 'c'])
  await pass(3 * minute, 500)
  t.same(await letIn(), listeners(c))
  network.setReachable(b.domain, true)
  await pass(3 * minute, 500)
  t.same(await letIn(), listeners(b, c))
})
