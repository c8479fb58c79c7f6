// The table of routes: what is believed of whom, and which context is picked for an extra hop.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { systemRandom } from '../../../adapters/random.js'
import { createRoutes, type ContextRoute } from '../../../plugin/mor/routes.js'
import { generateUnwrappingKey } from '../../../plugin/openpgp/index.js'
import type { ContextAddress, Fingerprint } from '../../../plugin/ports.js'
import { fingerprint } from '../../_listener.js'

const [b, c, d] = [fingerprint(), fingerprint(), fingerprint()]
const today = 20_000

function route(speaker: Fingerprint, more: Partial<ContextRoute> = {}): ContextRoute {
  return {
    context: `${speaker}@conference.example` as ContextAddress,
    speaker,
    epoch: today,
    key: generateUnwrappingKey(),
    reaches: new Map([[d, 1]]),
    direct: true,
    ...more,
  }
}

function known(...learned: ContextRoute[]): readonly ContextRoute[] {
  const routes = createRoutes()
  for (const item of learned) routes.learn(item)
  return routes.all()
}

t.test('the newer key of a context wins, in whatever order they come', async t => {
  const [old, young] = [route(b, { direct: false }), route(b, { direct: false, epoch: today + 1 })]
  t.same(known(old, young), [young])
  t.same(known(young, old), [young])
})

t.test('of the same day the shorter way wins', async t => {
  const [far, near] = [3, 2].map(distance => route(b, { direct: false, reaches: new Map([[d, distance]]) }))
  if (!far || !near) throw new Error('Two were made.')
  t.same(known(far, near), [near])
  t.same(known(near, far), [near])
})

t.test('a speaker’s own word takes the place of its last one, also when it reaches less', async t => {
  const [before, after] = [route(b), route(b, { reaches: new Map() })]
  t.same(known(before, after), [after])
})

t.test('what others tell never takes the place of the speaker’s own word', async t => {
  const own = route(b)
  const lies = [
    route(b, { direct: false }),
    route(b, { direct: false, epoch: today + 1 }),
    route(b, {
      direct: false,
      reaches: new Map([
        [d, 1],
        [c, 1],
      ]),
    }),
    route(c, { direct: false, context: own.context, epoch: today + 1 }),
  ]
  t.same(known(own, ...lies), [own])
  for (const lie of lies) t.same(known(lie, own), [own], 'the true one takes the place of a lie')
})

t.test('a server that says it speaks in another’s context is not believed', async t => {
  const own = route(b)
  t.same(known(own, route(c, { context: own.context, epoch: today + 1 })), [own])
})

t.test('keys of days that are gone are forgotten', async t => {
  const routes = createRoutes()
  routes.learn(route(b, { epoch: today - 1 }))
  routes.learn(route(c))
  routes.forgetBefore(today)
  t.same(
    routes.all().map(({ speaker }) => speaker),
    [c],
  )
})

t.test('the table has a bound, and what is in it is still renewed when it is full', async t => {
  const routes = createRoutes()
  const key = generateUnwrappingKey()
  const make = (number: number, epoch: number): ContextRoute =>
    route(b, { context: `${String(number)}@x` as ContextAddress, key, epoch })
  for (let number = 0; number < 5000; number++) routes.learn(make(number, today))
  t.equal(routes.all().length, 4096)
  routes.learn(make(7, today + 1))
  t.equal(routes.all().filter(({ epoch }) => epoch === today + 1).length, 1)
})

t.test('a pick leads there on the shortest way and avoids whom it is told to avoid', async t => {
  const routes = createRoutes()
  const near = [route(b), route(c)]
  const far = route(randomBytes(21).toString('hex') as Fingerprint, { reaches: new Map([[d, 2]]) })
  for (const item of [...near, far]) routes.learn(item)
  const picked = Array.from({ length: 100 }, () => routes.pick(d, [], systemRandom))
  t.same(new Set(picked), new Set(near), 'each of the nearest is picked at times')
  t.equal(routes.pick(d, [b], systemRandom), near[1])
  t.equal(routes.pick(d, [b, c], systemRandom), far)
  t.equal(routes.pick(b, [], systemRandom), null, 'nobody reaches it')
})
