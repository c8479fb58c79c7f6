// The overlay: few contexts for each server, and a group that hangs together while any two servers are away.
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { systemRandom } from '../../../adapters/random.js'
import { chooseServers, mostContexts } from '../../../plugin/mor/overlay.js'
import type { Fingerprint, Random } from '../../../plugin/ports.js'

type Graph = Map<Fingerprint, Fingerprint[]>

function members(count: number, seed = 0): Fingerprint[] {
  return Array.from(
    { length: count },
    (_, number) =>
      `04${createHash('sha256')
        .update(`${String(seed)} ${String(number)}`)
        .digest('hex')
        .slice(0, 40)}` as Fingerprint,
  )
}

/** Who listens to whom. */
function graph(servers: readonly Fingerprint[], week = 1, random: Random = systemRandom): Graph {
  const others = (self: Fingerprint) => servers.filter(server => server !== self)
  return new Map(servers.map(self => [self, chooseServers(self, others(self), 'main', week, random)]))
}

/** Whether what each of them says reaches all others while some are away. */
function holds(heard: Graph, away: readonly Fingerprint[]): boolean {
  const present = [...heard.keys()].filter(server => !away.includes(server))
  const reversed: Graph = new Map(present.map(server => [server, []]))
  for (const server of present) for (const to of heard.get(server) ?? []) reversed.get(to)?.push(server)
  const first = present[0]
  return first === undefined || [heard, reversed].every(edges => reach(edges, first, away) === present.length)
}

function reach(edges: Graph, from: Fingerprint, away: readonly Fingerprint[]): number {
  const found = new Set([from])
  for (const server of found) for (const to of edges.get(server) ?? []) if (!away.includes(to)) found.add(to)
  return found.size
}

t.test('each server listens to others, to at most six, to none twice, never to itself', async t => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 60 }), fc.nat(), (count, seed) => {
      for (const [self, heard] of graph(members(count, seed))) {
        if (heard.length !== Math.min(count - 1, mostContexts)) return false
        if (new Set(heard).size !== heard.length || heard.includes(self)) return false
      }
      return true
    }),
    { numRuns: 15 },
  )
  t.equal(mostContexts, 6)
})

t.test('after any two fall out the rest is strongly connected, for every size up to 18', async t => {
  for (let count = 2; count <= 18; count++) {
    const servers = members(count)
    const heard = graph(servers, count)
    const pairs = servers.flatMap((one, at) => servers.slice(at).map(other => [one, other]))
    t.ok(
      pairs.every(pair => holds(heard, pair)),
      `${String(count)} servers`,
    )
  }
})

t.test('and for two of up to 60 in any week, even when the random part is of no use', async t => {
  const useless: Random = { ...systemRandom, below: () => 0 }
  fc.assert(
    fc.property(
      fc.integer({ min: 8, max: 60 }),
      fc.nat(),
      fc.nat(3000),
      fc.array(fc.nat(59), { minLength: 2, maxLength: 2 }),
      (count, seed, week, numbers) => {
        const servers = members(count, seed)
        const away = numbers.flatMap(number => servers[number % count] ?? [])
        return holds(graph(servers, week, useless), away)
      },
    ),
    { numRuns: 15 },
  )
  t.pass('holds')
})

t.test('all compute the same circle of a week, whatever order they know the members in', async t => {
  const servers = members(20)
  const [self = '' as Fingerprint, ...others] = servers
  const fixed: Random = { ...systemRandom, below: limit => limit - 1 }
  const chosen = chooseServers(self, others, 'main', 7, fixed)
  t.same(chooseServers(self, [...others].reverse(), 'main', 7, fixed), chosen)
})

t.test('the circle changes with the week and with the group', async t => {
  const servers = members(30)
  const [self = '' as Fingerprint, ...others] = servers
  const neighbours = (group: string, week: number) =>
    chooseServers(self, others, group, week, systemRandom).slice(0, 3).join()
  const weeks = Array.from({ length: 10 }, (_, week) => neighbours('main', week))
  t.ok(new Set(weeks).size > 5)
  t.not(neighbours('main', 1), neighbours('other', 1))
})

t.test('the random part differs from one choice to the next', async t => {
  const [self = '' as Fingerprint, ...others] = members(30)
  const parts = Array.from({ length: 20 }, () =>
    chooseServers(self, others, 'main', 1, systemRandom).slice(3).join(),
  )
  t.ok(new Set(parts).size > 15)
})
