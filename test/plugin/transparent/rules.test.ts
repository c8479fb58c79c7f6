// Which rule counts, and what becomes of the others.
import t from 'tap'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import type { RoutingRule, RoutingScope } from '../../../plugin/ports.js'
import { changeRules, isRouted, parseScope } from '../../../plugin/transparent/rules.js'

const home = parseDomain('a.example')
const b = parseDomain('b.example')
const [bob, anna, carol] = ['bob@b.example', 'anna@b.example', 'carol@c.example'].map(parseUserAddress) as [
  ReturnType<typeof parseUserAddress>,
  ReturnType<typeof parseUserAddress>,
  ReturnType<typeof parseUserAddress>,
]
const on = (scope: RoutingScope): RoutingRule => ({ scope, routed: true })
const off = (scope: RoutingScope): RoutingRule => ({ scope, routed: false })

t.test('the narrowest rule counts; nothing is routed without one', async t => {
  t.equal(isRouted([], home, bob), false)
  t.equal(isRouted([on(bob)], home, bob), true)
  t.equal(isRouted([on(bob)], home, anna), false)
  t.equal(isRouted([on(b)], home, bob), true)
  t.equal(isRouted([on(b)], home, carol), false)
  t.equal(isRouted([on('everyone')], home, carol), true)
  t.equal(isRouted([on('everyone'), off(b)], home, bob), false)
  t.equal(isRouted([on('everyone'), off(b), on(bob)], home, bob), true)
  t.equal(isRouted([on(b), off(bob)], home, bob), false)
})

t.test('users of the own server are never routed', async t => {
  const neighbour = parseUserAddress('dora@a.example')
  t.equal(isRouted([on('everyone'), on(neighbour)], home, neighbour), false)
})

t.test('what is wanted replaces what was; off is kept only as an exception', async t => {
  t.same(changeRules([], on(bob)), [on(bob)])
  t.same(changeRules([on(bob)], off(bob)), [])
  t.same(changeRules([], off(bob)), [])
  t.same(changeRules([on(b)], off(bob)), [on(b), off(bob)])
  t.same(changeRules([on(b), off(bob)], on(bob)), [on(b), on(bob)])
  t.same(changeRules([on('everyone')], off(b)), [on('everyone'), off(b)])
  t.same(changeRules([on('everyone'), on(bob)], off(bob)), [on('everyone'), off(bob)])
})

t.test('an exception goes with the last rule that it is from', async t => {
  t.same(changeRules([on(b), off(bob)], off(b)), [])
  t.same(changeRules([on('everyone'), on(b), off(bob)], off(b)), [on('everyone'), off(bob), off(b)])
  t.same(changeRules([on('everyone'), off(b), off(bob)], off('everyone')), [])
  t.same(changeRules([on(b), off(bob), on('everyone')], off('everyone')), [on(b), off(bob)])
})

t.test('scopes are written in one way', async t => {
  t.equal(parseScope('Everyone'), 'everyone')
  t.equal(parseScope('B.example'), b)
  t.equal(parseScope('Bob@B.example'), bob)
  for (const bad of ['', '*', 'bob@', '@b.example', 'bob@b.example/x', 'b example', 'x'.repeat(2000)])
    t.throws(() => parseScope(bad), { code: 'bad-format' }, bad.slice(0, 20))
})
