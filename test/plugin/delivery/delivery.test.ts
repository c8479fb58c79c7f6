// Delivery: which way mail takes, and what is not sent at all.
import t, { type Test } from 'tap'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import { systemRandom } from '../../../adapters/random.js'
import type { Letter } from '../../../plugin/delivery/index.js'
import { alice, bob, someMail, startDeliveries, type DeliveringServer } from '../../_deliveries.js'

const anna = parseUserAddress('anna@b.example')
const aron = parseUserAddress('aron@a.example')
const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

async function three(t: Test, random = systemRandom) {
  const lab = await startDeliveries(random)
  t.teardown(lab.stop)
  // What was accepted leaves a moment later.
  const send = async (server: DeliveringServer, letter: Letter) => {
    await server.delivery.send(letter)
    await lab.pass(0)
  }
  return { ...lab, send }
}

t.test('mail goes out as one parcel and is accepted at the other end', async t => {
  const { a, b, send } = await three(t)
  await send(a, someMail('hello'))
  t.equal(a.sent.length, 1)
  t.same(a.lastRoute(), ['c.example', 'a.example', 'b.example'])
  await b.delivery.receive(a.lastParcel(), null)
  t.match(b.accepted, [{ sender: alice, recipient: bob, payload: Buffer.from('hello') }])
})

t.test('the hops are wrapped to the newest routing keys', async t => {
  const { a, b, c, send } = await three(t)
  await send(a, someMail())
  const keys = a.sent[0]?.route.map(({ key }) => key.octets.toString('hex'))
  t.same(
    keys,
    [c, a, b].map(({ identity }) => identity.routingKeys[0]?.key.octets.toString('hex')),
  )
})

t.test('messages of a conversation are numbered, and each pair of users has a conversation', async t => {
  const { a, send } = await three(t)
  const places: string[] = []
  for (const letter of [someMail(), someMail(), someMail('', alice, anna), someMail('', aron), someMail()]) {
    await send(a, letter)
    places.push(a.lastParcel().toString('hex', 0, 20))
  }
  t.same(
    places.map(place => place.slice(32)),
    ['00000000', '00000001', '00000000', '00000000', '00000002'],
  )
  t.equal(new Set(places.map(place => place.slice(0, 32))).size, 3)
})

t.test('a random route stays for an hour, for one sender and destination', async t => {
  const { a, clock, send } = await three(t, { ...systemRandom, below: limit => Math.min(limit - 1, 1) })
  const d = parseDomain('c.example')
  await send(a, someMail())
  const first = a.lastRoute()
  clock.advance(hour - 1)
  await send(a, someMail('another', alice, parseUserAddress('beth@b.example')))
  t.same(a.lastRoute(), first)
  await send(a, someMail('elsewhere', alice, parseUserAddress('carol@c.example')))
  t.equal(a.lastRoute().at(-1), d)
})

t.test('after an hour, or when a server on it falls out, it is drawn anew', async t => {
  let drawn = 0
  const { a, b, c, clock, send } = await three(t, {
    ...systemRandom,
    below: limit => (drawn++, systemRandom.below(limit)),
  })
  await send(a, someMail())
  const once = drawn
  await send(a, someMail())
  t.equal(drawn, once, 'the route of before')
  clock.advance(hour)
  await send(a, someMail())
  t.ok(drawn > once, 'another draw')
  a.reachable = [a.domain, b.domain]
  await send(a, someMail())
  t.same(a.lastRoute(), ['a.example', 'b.example'], 'without the one that is gone')
  a.reachable = [a.domain, b.domain, c.domain]
})

t.test('the route that the user chose is taken, and only that', async t => {
  const { a, c, b, send } = await three(t)
  await a.store.saveRoute(alice, b.domain, [c.domain, b.domain])
  for (let count = 0; count < 5; count++) {
    await send(a, someMail())
    t.same(a.lastRoute(), ['c.example', 'b.example'])
  }
  await send(a, someMail('by another', parseUserAddress('anna@a.example')))
  t.equal(a.lastRoute().length, 3, 'another user has no part in it')
})

t.test('a chosen route with a dead middle server: an error that names it, and nothing leaves', async t => {
  const { a, b, c } = await three(t)
  await a.store.saveRoute(alice, b.domain, [c.domain, b.domain])
  a.reachable = [a.domain, b.domain]
  await t.rejects(a.delivery.send(someMail()), {
    code: 'route-unreachable',
    message: /c\.example.*Nothing was sent/,
  })
  t.equal(a.sent.length, 0)
})

t.test('a destination that is silent, or that nobody knows: an error, and nothing leaves', async t => {
  const { a, c } = await three(t)
  a.reachable = [a.domain, c.domain]
  await t.rejects(a.delivery.send(someMail()), { code: 'route-unreachable', message: /b\.example/ })
  const nobody = parseUserAddress('x@nowhere.example')
  await t.rejects(a.delivery.send(someMail('', alice, nobody)), { code: 'route-unreachable' })
  t.equal(a.sent.length, 0)
})

t.test('a server that is not trusted any more is no hop', async t => {
  const { a, c, clock } = await three(t)
  a.federation.stop() // else it countersigns anew
  clock.advance(181 * day)
  await t.rejects(a.delivery.send(someMail()), { code: 'route-unreachable', message: /c\.example/ })
  t.equal(await a.directory.server(c.domain), null)
  t.equal(a.sent.length, 0)
})

t.test('with one other server only there is no route of two', async t => {
  const { a, b } = await three(t)
  a.reachable = [b.domain]
  await t.rejects(a.delivery.send(someMail()), { code: 'route-unreachable', message: /No third server/ })
})

t.test('mail that is too old or of the future is not accepted', async t => {
  const { a, b, clock, send } = await three(t)
  await send(a, someMail())
  const parcel = a.lastParcel()
  clock.advance(7 * day + 1000)
  await t.rejects(b.delivery.receive(parcel, null), { code: 'bad-format', message: /too old/ })
  t.equal(b.accepted.length, 0)
})

t.test('mail for another server is not accepted, whoever brought it', async t => {
  const { a, c, send } = await three(t)
  await send(a, someMail())
  await t.rejects(c.delivery.receive(a.lastParcel(), null), { code: 'bad-format', message: /another server/ })
  t.equal(c.accepted.length, 0)
})
