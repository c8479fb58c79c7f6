// Contacts in users' lists are shown as there at each connection: those that are still in them, and without a flood.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { createCounters } from '../../../adapters/counters.js'
import { createMemoryNetwork, createMemoryStore } from '../../../adapters/memory/index.js'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import { PluginError } from '../../../plugin/errors.js'
import { loadListed } from '../../../plugin/presence/record.js'
import { createPresence } from '../../../plugin/presence/index.js'
import type { ListedAddress, UserAddress } from '../../../plugin/ports.js'
import { createSealer } from '../../../plugin/sealer.js'
import { settled } from '../../_counted-work.js'
import { silentLog, startMemoryServers } from '../../_memory-servers.js'
import { ask, bob, make, refused, startWithBob } from '../../_pseudonyms.js'
import { createVirtualClock } from '../../_virtual-clock.js'

const [alice, anna] = [parseUserAddress('alice@a.example'), parseUserAddress('anna@a.example')]
const fox = parseUserAddress('fox@p3do.a.example')
const address = (name: string) => `${name}@p3do.a.example` as ListedAddress

function rig() {
  const clock = createVirtualClock()
  const { presence, accounts } = createMemoryNetwork(clock).host(parseDomain('a.example'))
  const [store, counters, sealer] = [createMemoryStore(), createCounters(), createSealer(randomBytes(32))]
  const owners = new Map([[fox, alice]])
  const ownerOf = (pseudonym: UserAddress) => owners.get(pseudonym) ?? null
  const ensureSameAccount = () => Promise.resolve()
  const kept = { store, sealer, ownerOf, ensureSameAccount }
  const parts = { host: { presence, accounts }, ...kept, clock, counters, log: silentLog }
  const start = () => createPresence(parts)
  const pass = async (ms: number): Promise<void> => {
    await settled(20)
    for (let passed = 0; passed < ms; passed += 50) {
      clock.advance(50)
      await settled(20)
    }
  }
  /** What is shown at a connection. */
  const connect = async (): Promise<readonly string[]> => {
    presence.taken()
    presence.connected()
    await pass(2000)
    return presence.taken()
  }
  return { presence, accounts, store, start, pass, connect, counters, owners }
}

t.test('what is in a list is shown after a restart, what was taken out is not', async t => {
  const { presence, store, start, pass, connect } = rig()
  const first = start()
  for (const name of ['bob', 'carol', 'bob']) presence.list(alice, address(name), true)
  presence.list(anna, address('carol'), true)
  presence.list(alice, address('carol'), false)
  presence.list(anna, address('nobody'), false)
  await pass(0)
  first.stop()
  t.same(await connect(), [], 'nobody runs')
  const second = start()
  t.same(await connect(), ['alice@a.example bob@p3do.a.example', 'anna@a.example carol@p3do.a.example'])
  await second.forget(alice)
  t.same(await connect(), ['anna@a.example carol@p3do.a.example'])
  t.notMatch((await store.loadListed(anna))?.toString('latin1'), /carol/, 'sealed')
  second.stop()
})

t.test('an account that is gone is forgotten, so that the next of that name learns nothing', async t => {
  const { presence, accounts, start, pass, connect } = rig()
  const running = start()
  t.teardown(() => running.stop())
  presence.list(alice, address('bob'), true)
  await pass(0)
  accounts.remove(alice)
  t.same(await connect(), [])
  accounts.restore(alice)
  t.same(await connect(), [])
})

t.test(
  'talks as a pseudonym are forgotten when it is dropped, and clients that still list them change nothing',
  async t => {
    const { presence, start, pass, connect, owners } = rig()
    const running = start()
    t.teardown(() => running.stop())
    for (const name of ['bob', 'bob+fox', 'bob+wolf']) presence.list(alice, address(name), true)
    presence.list(anna, address('bob+fox'), true)
    await pass(0)
    const own = 'alice@a.example bob@p3do.a.example'
    t.same(await connect(), [own, 'alice@a.example bob+fox@p3do.a.example'], 'of nobody else’s')
    owners.delete(fox)
    await running.forgetDropped(alice)
    presence.list(alice, address('bob+fox'), true)
    await pass(0)
    owners.set(fox, alice)
    t.same(await connect(), [own])
  },
)

t.test('a talk as a dropped pseudonym leaves the list, at once, at a log-in and at a connection', async t => {
  const { presence, start, pass, connect, owners } = rig()
  const running = start()
  t.teardown(() => running.stop())
  for (const name of ['bob', 'bob+fox', 'carol+fox']) presence.list(alice, address(name), true)
  await pass(0)
  t.same(presence.takenOut(), [])
  owners.delete(fox)
  t.equal(await running.forgetDropped(alice), 0)
  const both = ['bob', 'carol'].map(name => `alice@a.example ${name}+fox@p3do.a.example`)
  t.same(presence.takenOut(), both)
  presence.list(alice, address('bob+fox'), true)
  presence.list(alice, address('bob+fox'), false)
  await pass(0)
  t.same(presence.takenOut(), both.slice(0, 1), 'as often as it is told of')
  owners.set(fox, alice)
  presence.list(alice, address('bob+fox'), true)
  await pass(0)
  owners.delete(fox)
  await connect()
  t.same(presence.takenOut(), both.slice(0, 1), 'after a crash')
})

t.test(
  'how many a host does not let out of a list is said, and one that is away changes nothing',
  async t => {
    const { presence, start, pass, owners, counters } = rig()
    const running = start()
    t.teardown(() => running.stop())
    for (const name of ['bob+fox', 'carol+fox']) presence.list(alice, address(name), true)
    await pass(0)
    owners.delete(fox)
    presence.hasModule = false
    t.equal(await running.forgetDropped(alice), 2)
    t.equal(counters.snapshot()['contacts of dropped pseudonyms left'], 2)
    owners.set(fox, alice)
    presence.list(alice, address('bob+fox'), true)
    await pass(0)
    owners.delete(fox)
    presence.takeOut = () => Promise.reject(new PluginError('host-unreachable', 'It is away.'))
    t.equal(await running.forgetDropped(alice), 1)
  },
)

t.test('what a crash left of a dropped one is forgotten at the next connection', async t => {
  const { presence, start, pass, connect, owners } = rig()
  const running = start()
  t.teardown(() => running.stop())
  presence.list(alice, address('bob+fox'), true)
  await pass(0)
  owners.delete(fox)
  t.same(await connect(), [])
  owners.set(fox, alice)
  t.same(await connect(), [])
})

t.test('a host that is full gets the rest later, and a new connection everything anew', async t => {
  const { presence, start, pass, connect } = rig()
  const running = start()
  for (const name of ['b', 'c', 'd']) presence.list(alice, address(name), true)
  await pass(0)
  presence.room = 1
  t.equal((await connect()).length, 1)
  presence.room = Infinity
  await pass(1000)
  t.equal(presence.taken().length, 2)
  presence.room = 1
  await connect()
  presence.room = Infinity
  t.equal((await connect()).length, 3)
  running.stop()
})

t.test('long lists are shown in pieces, and of a very long one only so much', async t => {
  const { presence, start, pass } = rig()
  const running = start()
  t.teardown(() => running.stop())
  for (let number = 0; number < 1010; number++) presence.list(alice, address(`c${String(number)}`), true)
  await settled(5000)
  presence.connected()
  await pass(0)
  t.equal(presence.taken().length, 25)
  await pass(100)
  t.equal(presence.taken().length, 25)
  await pass(5000)
  t.equal(presence.taken().length, 950)
})

t.test('a whole plugin shows them after its restart, and forgets them with who is erased', async t => {
  const lab = await startMemoryServers({ names: ['a', 'b'], routeLength: 2 })
  t.teardown(lab.stop)
  const [a] = lab.servers
  if (!a) throw new Error('Two were started.')
  await lab.elapse(a.say(alice, null, 'help'))
  a.host.presence.list(alice, address('bob'), true)
  await lab.pass(1000)
  await a.restart()
  await lab.pass(1000)
  t.same(a.host.presence.taken(), ['alice@a.example bob@p3do.a.example'])
  await lab.elapse(a.say(alice, null, `erase ${alice}`))
  t.equal(await a.store.loadListed(alice), null)
})

t.test(
  'a whole plugin forgets the talks as a pseudonym with it, when it is dropped and when all are',
  async t => {
    const lab = await startWithBob(t)
    const { a } = lab
    await make(lab, alice, 'fox')
    await make(lab, alice, 'wolf')
    for (const name of ['bob', 'bob+fox', 'bob+wolf']) a.host.presence.list(alice, address(name), true)
    await lab.pass(1000)
    t.notMatch(await ask(lab, alice, 'pseudonym drop fox'), /contact list/)
    t.same(a.host.presence.takenOut(), ['alice@a.example bob+fox@p3do.a.example'])
    t.same(await loadListed(a, alice), [address('bob'), address('bob+wolf')])
    a.host.presence.hasModule = false
    t.match(
      await ask(lab, alice, `erase ${alice}`),
      /^You are erased.* A contact that you talked to as a dropped pseudonym can not be taken out/u,
    )
    t.same(a.host.presence.takenOut(), ['alice@a.example bob+wolf@p3do.a.example'])
    t.equal(await a.store.loadListed(alice), null)
    t.match(await refused(lab, a.say(alice, bob, 'hello', parseUserAddress('wolf@p3do.a.example'))), {
      code: 'recipient-unknown',
    })
    t.match(await ask(lab, alice, 'pseudonym list'), /You have no pseudonym/)
  },
)
