// Judging by loops: a server that drops is named soon, an honest one never, whatever the others do (simulated ways of cells).
import t from 'tap'
import { parseDomain } from '../../../plugin/addresses.js'
import { createReturns } from '../../../plugin/loops/returns.js'
import { createWatch } from '../../../plugin/loops/watch.js'
import type { Domain } from '../../../plugin/ports.js'
import { seeded } from '../../_seeded.js'

interface Network {
  readonly peers: number
  /** How often the first peer brings on what it opens, and every other one, an extra hop included. */
  readonly first: number
  readonly others: number
}

/** Loops over two peers with an extra hop on each of the two ways between servers, as routes of three have. */
function simulate({ peers, first, others }: Network, loops: number, seed: number) {
  const chance = seeded(seed)
  const servers = Array.from({ length: peers }, (_, number) => parseDomain(`p${String(number)}.example`))
  const pick = (without: readonly (Domain | undefined)[]): Domain | undefined => {
    const left = servers.filter(server => !without.includes(server))
    return left[Math.floor(chance() * left.length)]
  }
  const alarms: { at: number; about: Domain | null; text: string }[] = []
  const returns = createReturns()
  let at = 0
  const alarm = (about: Domain | null, text: string): void => void alarms.push({ at, about, text })
  const watch = createWatch({ returns, bound: 0.6, alarm, counters: { count: () => undefined } })
  for (at = 0; at < loops; at++) {
    const one = pick([])
    const other = pick([one])
    const passed = [one, other, pick([one, other]), pick([other])]
    const came = passed.every(server => chance() < (server === servers[0] ? first : others))
    const route = [one, other].filter(server => server !== undefined)
    returns.add(route, came ? 100 : null)
    watch.look(route)
  }
  return { alarms, suspects: watch.suspects(), first: servers[0], returns }
}

const seeds = Array.from({ length: 20 }, (_, number) => 1000 + 77 * number)

for (const peers of [5, 8]) {
  t.test(`${String(peers)} peers, one drops all: named within 150 loops, and nobody else is`, async t => {
    for (const seed of seeds) {
      const { alarms, first } = simulate({ peers, first: 0, others: 0.98 }, 400, seed)
      const named = alarms.filter(({ about }) => about !== null)
      t.same(
        named.map(({ about }) => about),
        [first],
      )
      t.ok((named[0]?.at ?? Infinity) < 150, `after ${String(named[0]?.at)} loops`)
    }
  })
}

t.test('eight peers, one drops half: named within 800 loops; honest ones are not', async t => {
  for (const seed of seeds) {
    const { alarms, first } = simulate({ peers: 8, first: 0.5, others: 0.98 }, 800, seed)
    const named = alarms.filter(({ about }) => about !== null).map(({ about }) => about)
    t.ok(named.includes(first ?? null))
    t.ok(named.every(about => about === first))
  }
})

t.test('every tenth cell lost at everybody: of 20,000 loops one at most accuses somebody', async t => {
  // A cell reaches its server over several others, so that 10 % lost frames are not 10 % lost cells; this is worse.
  const named = seeds.flatMap(seed =>
    simulate({ peers: 6, first: 0.95, others: 0.95 }, 1000, seed).alarms.filter(({ about }) => about),
  )
  t.ok(named.length <= 1, `${String(named.length)} accused`)
})

t.test('everything lost, as when this server is cut off: told once, without a name', async t => {
  const { alarms } = simulate({ peers: 6, first: 0, others: 0 }, 1000, 5)
  t.same(
    alarms.map(({ about }) => about),
    [null],
  )
  t.match(alarms[0]?.text, /0 of the last 16 came back, whichever servers .* n-1 attack/u)
})

t.test('with two peers a loop goes over both: what is lost is told, and neither is named', async t => {
  const { alarms } = simulate({ peers: 2, first: 0, others: 1 }, 200, 5)
  t.same(
    alarms.map(({ about }) => about),
    [null],
  )
})

t.test('who brings on again is told of once, and is no suspect any more', async t => {
  const alarms: string[] = []
  const returns = createReturns()
  const alarm = (_: Domain | null, text: string): void => void alarms.push(text)
  const watch = createWatch({ returns, bound: 0.6, alarm, counters: { count: () => undefined } })
  const [bad, good, third] = ['bad', 'good', 'third'].map(name => parseDomain(`${name}.example`))
  if (!bad || !good || !third) throw new Error('Three were named.')
  const loop = (route: readonly Domain[], took: number | null): void => {
    returns.add(route, took)
    watch.look(route)
  }
  for (let count = 0; count < 20; count++) {
    loop([bad, good], null)
    loop([good, third], 100)
  }
  t.same(watch.suspects(), [bad])
  for (let count = 0; count < 60; count++) loop([bad, good], 50)
  t.same(watch.suspects(), [])
  const ofBad = alarms.filter(text => text.includes('bad.example'))
  t.match(ofBad, [
    /^Of the cells .* over bad\.example, 0 of the last 16 came back; over others 100 % did/u,
    /again/u,
  ])
  t.same(returns.over(bad), { loops: 48, ratio: 1, latency: 50 })
})

t.test('memory is bounded, and the last loops are those that count', async t => {
  const returns = createReturns()
  const server = parseDomain('b.example')
  for (let count = 0; count < 10_000; count++) returns.add([server], count)
  t.same(returns.over(server), { loops: 48, ratio: 1, latency: 9976 })
})
