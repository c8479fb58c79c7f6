// Delivery: which way mail takes, and what is not sent at all.
import t, { type Test } from 'tap'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import { systemRandom } from '../../../adapters/random.js'
import { alice, bob, someMail, startDeliveries } from '../../_deliveries.js'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

async function three(t: Test, random = systemRandom) {
  const lab = await startDeliveries(random)
  t.teardown(lab.stop)
  return lab
}

t.test('mail goes out as one parcel and is accepted at the other end', async t => {
  const { a, b } = await three(t)
  await a.delivery.send(someMail('hello'))
  t.equal(a.sent.length, 1)
  t.same(a.lastRoute(), ['c.example', 'a.example', 'b.example'])
  await b.delivery.receive(a.lastParcel())
  t.match(b.accepted, [{ sender: alice, recipient: bob, payload: Buffer.from('hello') }])
})

t.test('the hops are wrapped to the newest routing keys', async t => {
  const { a, b, c } = await three(t)
  await a.delivery.send(someMail())
  const keys = a.sent[0]?.route.map(({ key }) => key.octets.toString('hex'))
  t.same(
    keys,
    [c, a, b].map(({ identity }) => identity.routingKeys[0]?.key.octets.toString('hex')),
  )
})

t.test('each transaction has another number', async t => {
  const { a } = await three(t)
  await a.delivery.send(someMail())
  const first = a.lastParcel().subarray(0, 16)
  await a.delivery.send(someMail())
  t.notOk(a.lastParcel().subarray(0, 16).equals(first))
})

t.test('a random route stays for an hour, for one sender and destination', async t => {
  const { a, clock } = await three(t, { ...systemRandom, below: limit => Math.min(limit - 1, 1) })
  const d = parseDomain('c.example')
  await a.delivery.send(someMail())
  const first = a.lastRoute()
  clock.advance(hour - 1)
  await a.delivery.send(someMail('another', alice, parseUserAddress('beth@b.example')))
  t.same(a.lastRoute(), first)
  await a.delivery.send(someMail('elsewhere', alice, parseUserAddress('carol@c.example')))
  t.equal(a.lastRoute().at(-1), d)
})

t.test('after an hour, or when a server on it falls out, it is drawn anew', async t => {
  let drawn = 0
  const { a, b, c, clock } = await three(t, {
    ...systemRandom,
    below: limit => (drawn++, systemRandom.below(limit)),
  })
  await a.delivery.send(someMail())
  const once = drawn
  await a.delivery.send(someMail())
  t.equal(drawn, once, 'the route of before')
  clock.advance(hour)
  await a.delivery.send(someMail())
  t.ok(drawn > once, 'another draw')
  a.reachable = [a.domain, b.domain]
  await a.delivery.send(someMail())
  t.same(a.lastRoute(), ['a.example', 'b.example'], 'without the one that is gone')
  a.reachable = [a.domain, b.domain, c.domain]
})

t.test('the route that the user chose is taken, and only that', async t => {
  const { a, c, b } = await three(t)
  await a.store.saveRoute(alice, b.domain, [c.domain, b.domain])
  for (let count = 0; count < 5; count++) {
    await a.delivery.send(someMail())
    t.same(a.lastRoute(), ['c.example', 'b.example'])
  }
  await a.delivery.send(someMail('by another', parseUserAddress('anna@a.example')))
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
  const { a, b, clock } = await three(t)
  clock.advance(181 * day)
  await t.rejects(a.delivery.send(someMail()), { name: 'PluginError' })
  t.equal(await a.directory.server(b.domain), null)
  t.equal(a.sent.length, 0)
})

t.test('with one other server only there is no route of two', async t => {
  const { a, b } = await three(t)
  a.reachable = [b.domain]
  await t.rejects(a.delivery.send(someMail()), { code: 'route-unreachable', message: /No third server/ })
})

t.test('mail that is too old or of the future is not accepted', async t => {
  const { a, b, clock } = await three(t)
  await a.delivery.send(someMail())
  const parcel = a.lastParcel()
  clock.advance(7 * day + 1000)
  await t.rejects(b.delivery.receive(parcel), { code: 'bad-format', message: /too old/ })
  t.equal(b.accepted.length, 0)
})

t.test('mail for another server is not accepted, whoever brought it', async t => {
  const { a, c } = await three(t)
  await a.delivery.send(someMail())
  await t.rejects(c.delivery.receive(a.lastParcel()), { code: 'bad-format', message: /another server/ })
  t.equal(c.accepted.length, 0)
})
