// Random routes avoid servers that bring too little back, within bounds; a user's own route is obeyed.
import t from 'tap'
import { createMemoryStore } from '../../../adapters/memory/index.js'
import { systemRandom } from '../../../adapters/random.js'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import { createRouteChoice } from '../../../plugin/delivery/route-choice.js'
import type { Domain } from '../../../plugin/ports.js'
import { createVirtualClock } from '../../_virtual-clock.js'

const alice = parseUserAddress('alice@a.example')
const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map(name => parseDomain(`${name}.example`)) as [
  Domain,
  Domain,
  Domain,
  Domain,
  Domain,
]

function choiceOf(reachable: readonly Domain[]) {
  const state = { suspects: [] as Domain[] }
  const routes = createMemoryStore()
  const choice = createRouteChoice({
    domain: a,
    routes,
    routeLength: 3,
    reachable: () => reachable,
    suspects: () => state.suspects,
    random: systemRandom,
    clock: createVirtualClock(),
  })
  const passed = async (times: number): Promise<Set<Domain>> => {
    const servers = new Set<Domain>()
    for (let time = 0; time < times; time++) {
      for (const server of await choice.choose(alice, b)) servers.add(server)
      choice.avoid(alice, b)
    }
    return servers
  }
  return { state, routes, choice, passed }
}

t.test('a suspect is on no new route, and a kept route over it is left', async t => {
  const { state, choice, passed } = choiceOf([a, b, c, d, e])
  const [first] = await choice.choose(alice, b)
  if (!first) throw new Error('A route has servers.')
  state.suspects = [first]
  t.notOk((await choice.choose(alice, b)).includes(first))
  t.notOk((await passed(200)).has(first))
})

t.test('of many suspects only the worst half is avoided, so that nobody can choose who is left', async t => {
  const { state, passed } = choiceOf([a, b, c, d, e])
  state.suspects = [c, d, e]
  const servers = await passed(300)
  t.notOk(servers.has(c))
  t.ok(servers.has(d) && servers.has(e))
})

t.test('the only server on the way, the recipient’s and the own are not avoided', async t => {
  const { state, choice } = choiceOf([a, b, c])
  state.suspects = [c, b, a]
  t.same(await choice.choose(alice, b), [c, a, b])
})

t.test('the route that a user chose is obeyed', async t => {
  const { state, routes, choice } = choiceOf([a, b, c, d, e])
  state.suspects = [c]
  await routes.saveRoute(alice, b, [c, b])
  t.same(await choice.choose(alice, b), [c, b])
})
