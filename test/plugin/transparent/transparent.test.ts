// Transparent mode on the in-process host: what users want reaches the host and stays there, and contacts are shown as it says.
import t, { type Test } from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { startMemoryServers, type MemoryServer, type MemoryServersOptions } from '../../_memory-servers.js'

const [alice, bob] = [parseUserAddress('alice@a.example'), parseUserAddress('bob@b.example')]
const root = parseUserAddress('root@a.example')

async function started(t: Test, options: Partial<MemoryServersOptions> = {}) {
  const lab = await startMemoryServers({ names: ['a', 'b'], routeLength: 2, admins: [root], ...options })
  t.teardown(() => lab.stop())
  const [a, b] = lab.servers as [MemoryServer, MemoryServer]
  return { ...lab, a, b }
}

const answer = ({ shown }: MemoryServer) => shown.at(-1)?.body ?? ''

t.test('what a user wants is at the host before he is told so, and listed', async t => {
  const { a } = await started(t)
  await a.say(alice, null, 'routed')
  t.match(answer(a), /on for nobody/)
  await a.say(alice, null, 'on Bob@B.example')
  t.match(answer(a), /on for bob@b\.example/)
  t.same(a.host.routing.rulesOf(alice), [{ scope: bob, routed: true }])
  await a.say(alice, null, 'on everyone')
  await a.say(alice, null, 'off bob@b.example')
  await a.say(alice, null, 'routed')
  t.match(answer(a), /^bob@b\.example: off\neveryone at other servers: on$/m)
  t.same(await a.store.listRuled(), [alice])
  await a.say(alice, null, 'off everyone')
  t.same(a.host.routing.rulesOf(alice), [])
  t.same(await a.store.listRuled(), [])
})

t.test('nobody reads in the store to whom users write', async t => {
  const { a } = await started(t)
  await a.say(alice, null, 'on bob@b.example')
  t.notMatch((await a.store.loadRules(alice))?.toString('latin1'), /bob/)
})

t.test('what can not be done is refused, and nothing changes', async t => {
  const { a } = await started(t)
  await a.say(alice, null, 'on bob@b.example')
  for (const [words, code] of [
    ['on dora@a.example', 'command-invalid'],
    ['on a.example', 'command-invalid'],
    ['on bob@b.example/x', 'bad-format'],
    ['on', 'command-invalid'],
    ['off', 'command-invalid'],
    ['on bob@b.example anna@b.example', 'command-invalid'],
  ] as const)
    await t.rejects(a.say(alice, null, words), { code }, words)
  a.host.accounts.hasModule = false
  await t.rejects(a.say(alice, null, 'on c.example'), { code: 'command-invalid', message: /module/ })
  a.host.accounts.hasModule = true
  a.host.accounts.remove(alice)
  await t.rejects(a.say(alice, null, 'on c.example'), { code: 'not-local' })
  t.same(a.host.routing.rulesOf(alice), [{ scope: bob, routed: true }])
  await a.say(alice, null, 'routed')
  t.match(answer(a), /^bob@b\.example: on$/m)
})

t.test('no more than 400 rules', async t => {
  const { a } = await started(t)
  for (let count = 0; count < 400; count++) await a.say(alice, null, `on u${String(count)}@b.example`)
  await t.rejects(a.say(alice, null, 'on one-more@b.example'), { code: 'too-many-requests' })
  t.equal(a.host.routing.rulesOf(alice).length, 400)
})

t.test('both see each other at their own addresses where they want to, and elsewhere as before', async t => {
  const { a, b, until } = await started(t)
  await b.say(bob, null, 'help')
  await a.say(alice, null, 'on bob@b.example')
  await Promise.all([a.learns(bob), b.learns(alice)])
  const say = (body: string) =>
    a.host.say({ user: alice, contact: bob, body, id: body, replaces: 'earlier', transparent: true })
  await say('one')
  await until(() => b.shown.some(({ body }) => body === 'one'))
  t.same(b.shown.at(-1)?.transparent, undefined, 'Bob has not turned it on: his answers would leave in clear')
  await b.say(bob, null, 'on a.example')
  await say('/help')
  await until(() => b.shown.some(({ body }) => body === '/help'))
  t.match(b.shown.at(-1), { contact: alice, id: '/help', replaces: 'earlier', transparent: true })
  const marks: unknown[] = []
  a.host.onMarked(mark => void marks.push(mark))
  await b.host.tell({ user: bob, contact: alice, id: '/help', kinds: ['receipt'], transparent: true })
  await until(() => marks.length === 1)
  t.same(marks, [{ user: alice, contact: bob, id: '/help', kinds: ['receipt'], transparent: true }])
})

t.test('a message that does not arrive comes back from the address to which it was written', async t => {
  const { a, b, until, network } = await started(t, { patience: 60_000 })
  await b.say(bob, null, 'help')
  await a.say(alice, null, 'on bob@b.example')
  await a.learns(bob)
  const failed: unknown[] = []
  a.host.onFailed(message => void failed.push(message))
  await a.host.say({ user: alice, contact: bob, body: 'hello', id: 'm1', transparent: true })
  network.setReachable(b.domain, false)
  await until(() => failed.length === 1, 600_000)
  t.same(failed, [{ user: alice, contact: bob, id: 'm1', transparent: true }])
})

t.test('a host that lost what it kept is told again when it is back', async t => {
  const { a, pass } = await started(t)
  await a.say(alice, null, 'on bob@b.example')
  a.host.routing.forget()
  a.host.routing.connected()
  await pass(100)
  t.same(a.host.routing.rulesOf(alice), [{ scope: bob, routed: true }])
  a.host.routing.forget()
  await a.restart()
  await pass(100)
  t.same(a.host.routing.rulesOf(alice), [{ scope: bob, routed: true }])
})

t.test('a host that lost its module: admins are alarmed, because messages leave in clear', async t => {
  const { a, until } = await started(t)
  await a.say(alice, null, 'on bob@b.example')
  a.host.accounts.hasModule = false
  a.host.routing.connected()
  await until(() => a.shown.some(({ user, body }) => user === root && body.includes('lost its module')))
  t.equal(a.counters.snapshot()['host without the module for routed contacts'], 1)
})

t.test('rules end with their account', async t => {
  const { a, pass } = await started(t)
  await a.say(alice, null, 'on bob@b.example')
  a.host.accounts.remove(alice)
  a.host.routing.connected()
  await pass(100)
  t.same(await a.store.listRuled(), [])
})
