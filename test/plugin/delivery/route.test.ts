// Routes: what a user may choose, and what chance may not.
import fc from 'fast-check'
import t from 'tap'
import { systemRandom } from '../../../adapters/random.js'
import { ensureValidRoute, randomRoute } from '../../../plugin/delivery/route.js'
import type { Domain } from '../../../plugin/ports.js'

const domains = (...names: string[]): Domain[] => names.map(name => `${name}.example` as Domain)
const [a, b, c] = domains('a', 'b', 'c') as [Domain, Domain, Domain]
const refusal = { name: 'PluginError', code: 'route-invalid' }

t.test('two to four servers, no server twice in a row', async t => {
  const valid = [
    domains('c', 'b'),
    domains('c', 'd', 'b'),
    domains('c', 'd', 'c', 'b'),
    domains('b', 'a', 'b'),
  ]
  for (const route of valid) t.doesNotThrow(() => ensureValidRoute(route), route.join())
  const invalid = [[], [b], domains('c', 'd', 'e', 'f', 'b'), [b, b], [c, b, b], [c, c, b]]
  for (const route of invalid) t.throws(() => ensureValidRoute(route), refusal, route.join())
})

t.test('a random route is valid, ends at its destination, and names no server twice', async t => {
  const names = fc.uniqueArray(fc.integer({ min: 0, max: 30 }), { minLength: 2, maxLength: 12 })
  fc.assert(
    fc.property(names, fc.nat(11), fc.nat(11), fc.integer({ min: 2, max: 4 }), (numbers, at, to, length) => {
      const servers = domains(...numbers.map(number => `s${String(number)}`))
      const [own, destination] = [servers[at % servers.length] ?? a, servers[to % servers.length] ?? b]
      const route = randomRoute(own, destination, servers, length, systemRandom)
      ensureValidRoute(route)
      const others = servers.filter(server => server !== own && server !== destination)
      return (
        route.at(-1) === destination &&
        route.length === Math.min(length, servers.length) &&
        new Set(route).size === route.length &&
        route.every(server => servers.includes(server)) &&
        (route[0] !== own || others.length === 0 || own === destination)
      )
    }),
  )
  t.pass('holds')
})

t.test('of three servers, the third is first and the own one in the middle', async t => {
  t.same(randomRoute(a, b, [a, b, c], 3, systemRandom), [c, a, b])
  t.same(randomRoute(a, b, [a, b, c], 2, { ...systemRandom, below: () => 0 }).length, 2)
})

t.test('every server that can be reached is on some route', async t => {
  const servers = domains('a', 'b', 'c', 'd', 'e', 'f')
  const routes = Array.from({ length: 200 }, () => randomRoute(a, b, servers, 3, systemRandom))
  t.equal(new Set(routes.map(([first]) => first)).size, 4, 'any other but the own one may be first')
  t.ok(new Set(routes.map(route => route.join())).size > 10)
})

t.test('with nobody else there is no route', async t => {
  t.throws(() => randomRoute(a, b, [b], 3, systemRandom), { code: 'route-unreachable', message: /Try again/ })
  t.throws(() => randomRoute(a, b, [], 3, systemRandom), { code: 'route-unreachable' })
})
