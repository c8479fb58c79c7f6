// A user whose server is away goes on at another one: contacts reach her without doing anything, and nothing is shown twice.
import t, { type Test } from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { PluginError } from '../../../plugin/errors.js'
import type { Domain, Mark } from '../../../plugin/ports.js'
import {
  startMemoryServers,
  type MemoryServer,
  type MemoryServers,
  type MemoryServersOptions,
} from '../../_memory-servers.js'
import { createChance } from '../../faults/chance.js'
import { createMortal, type Mortal } from '../../faults/mortal.js'
import { createOxClient } from '../../_ox-client.js'
import { seeded } from '../../_seeded.js'
import { beginVisit, credentialsOf, type BeginOptions } from '../../_visits.js'

const alice = parseUserAddress('alice@a.example')
const bob = parseUserAddress('bob@b.example')
const guest = parseUserAddress('guest@c.example')

const texts = ({ shown }: MemoryServer): string[] =>
  shown
    .filter(({ contact }) => contact !== null)
    .map(({ user, contact, body }) => `${user} < ${contact ?? ''}: ${body}`)

/** Four servers; Alice and Bob have talked. `loses`: whether a frame is lost. `mortal`: puts more between a server and its ports. */
async function talk(
  t: Test,
  loses: () => boolean = () => false,
  mortal: NonNullable<MemoryServersOptions['between']> = (_, ports) => ports,
) {
  // Whose host takes no messages for users now.
  const hostsAway = new Set<Domain>()
  const between: MemoryServersOptions['between'] = (server, ports) => {
    const deliver: typeof ports.host.users.deliver = message =>
      hostsAway.has(server)
        ? Promise.reject(new PluginError('host-unreachable', 'The host is away.'))
        : ports.host.users.deliver(message)
    return mortal(server, { ...ports, host: { ...ports.host, users: { ...ports.host.users, deliver } } })
  }
  const lab = await startMemoryServers({ names: ['a', 'b', 'c', 'd'], loses, between })
  const [a, b, c] = lab.servers
  if (!a || !b || !c) throw new Error('There are three.')
  // What is put between may need time to end.
  t.teardown(() => lab.elapse(lab.stop()))
  await lab.elapse(a.say(alice, null, 'help'))
  await lab.elapse(b.say(bob, null, 'help'))
  await lab.elapse(Promise.all([a.learns(bob), b.learns(alice), c.learns(alice), c.learns(bob)]))
  await lab.elapse(a.say(alice, bob, 'hello'))
  await lab.elapse(b.say(bob, alice, 'hello Alice'))
  await lab.until(() => texts(a).length === 1 && texts(b).length === 1)
  await lab.until(() => a.service.waiting + b.service.waiting === 0)
  const credentials = await credentialsOf(a, alice)
  const stopHome = async (): Promise<void> => {
    lab.network.setReachable(a.domain, false)
    await a.service.stop()
    a.host.abandon()
  }
  const startHome = async (): Promise<void> => {
    lab.network.setReachable(a.domain, true)
    await lab.elapse(a.startAgain())
  }
  /** Begins the visit, and waits until contacts of Alice look for her elsewhere. */
  const visit = async (options?: BeginOptions): Promise<void> => {
    await lab.elapse(beginVisit(c, guest, credentials, options))
    await lab.until(
      () => b.service.reachable().includes(c.domain) && c.service.reachable().includes(b.domain),
    )
    await lab.pass(60_000)
  }
  return { ...lab, a, b, c, hostsAway, credentials, stopHome, startHome, visit }
}

/** Kills the plugin of c at a step of what it does, and starts it again. */
function createKiller(seed: number) {
  const chance = createChance(seed)
  const state: { plugin: Mortal | null } = { plugin: null }
  const between: NonNullable<MemoryServersOptions['between']> = (server, ports) => {
    if (server !== 'c.example') return ports
    state.plugin = createMortal(ports, chance, () => {
      ports.host.abandon()
    })
    return state.plugin.ports
  }
  return {
    between,
    /** It dies at one of so many steps from now on. */
    arm(steps: number): void {
      state.plugin?.killAfter(chance.between(1, steps), 'messages')
    },
    /** Once it is dead, which it is at the latest when that has happened. */
    async startAgain(
      { until, pass, elapse }: Omit<MemoryServers, 'servers'>,
      c: MemoryServer,
      latest: () => boolean,
    ): Promise<void> {
      const { plugin } = state
      await until(() => plugin?.alive === false || latest(), 3_600_000)
      plugin?.kill()
      await pass(chance.between(0, 5000))
      await elapse(c.startAgain())
    },
  }
}

/** What Alice was shown, at whichever place. */
function shownToAlice(a: MemoryServer, c: MemoryServer): string[] {
  return [...a.shown, ...c.shown]
    .filter(({ contact, body }) => contact === bob && !body.startsWith('(P3DO)'))
    .map(({ body }) => body)
}

t.test(
  'while her server is away, Alice writes and is reached at another one, and nothing comes twice',
  async t => {
    const { a, b, c, until, pass, elapse, credentials, stopHome, startHome, visit } = await talk(t)
    await stopHome()
    await visit()
    await elapse(c.say(guest, bob, 'I am at c'))
    await until(() => texts(b).length === 2)
    t.equal(texts(b)[1], 'bob@b.example < alice@a.example: I am at c')
    await elapse(b.say(bob, alice, 'I see'))
    await until(() => texts(c).length === 1)
    t.same(texts(c), ['guest@c.example < bob@b.example: I see'])
    await until(() => b.service.waiting + c.service.waiting === 0)
    await elapse(b.say(bob, alice, 'and more'))
    await startHome()
    await until(() => a.service.reachable().length === 4)
    await elapse(b.say(bob, alice, 'welcome back'))
    await until(() => b.service.waiting === 0, 600_000)
    await until(() => c.counters.snapshot()['homes of visitors told'] === 1)
    await pass(10_000)
    t.same(shownToAlice(a, c).sort(), ['I see', 'and more', 'hello Alice', 'welcome back'])
    const { mailbox } = await credentialsOf(a, alice)
    t.notOk(mailbox.octets.equals(credentials.mailbox.octets), 'the one that c knows is of no use any more')
  },
)

t.test('what she was shown, and the word of which was lost, is not shown at home again', async t => {
  const { a, b, c, until, pass, elapse, network, stopHome, startHome, visit } = await talk(t)
  await stopHome()
  await visit()
  c.host.onShown(() => {
    network.setReachable(b.domain, false)
  })
  await elapse(b.say(bob, alice, 'once'))
  await until(() => shownToAlice(a, c).includes('once'))
  t.equal(b.service.waiting, 1)
  await startHome()
  await until(() => c.counters.snapshot()['homes of visitors told'] === 1)
  network.setReachable(b.domain, true)
  await until(() => b.service.waiting === 0, 600_000)
  await elapse(b.say(bob, alice, 'twice'))
  await until(() => b.service.waiting === 0, 600_000)
  await pass(10_000)
  t.same(shownToAlice(a, c), ['hello Alice', 'twice', 'once'])
})

t.test(
  'what waited for the host when her visit ended is shown at home, and nobody is told that it failed',
  async t => {
    const { a, b, c, until, pass, elapse, hostsAway, stopHome, startHome, visit } = await talk(t)
    const failed: unknown[] = []
    b.host.onFailed((_, reason) => failed.push(reason))
    await stopHome()
    await visit({ lasting: 90_000 })
    hostsAway.add(c.domain)
    await elapse(b.say(bob, alice, 'is anybody there?'))
    await until(() => (c.counters.snapshot()['parcels for visitors'] ?? 0) > 0)
    await pass(60_000)
    hostsAway.clear()
    await pass(40_000)
    t.same(texts(c), [])
    await startHome()
    await until(() => b.service.waiting === 0, 900_000)
    t.same(shownToAlice(a, c), ['hello Alice', 'is anybody there?'])
    t.same(failed, [])
  },
)

t.test('once her home may have been told, a visited server that dies shows nothing more', async t => {
  const killer = createKiller(1)
  const lab = await talk(t, () => false, killer.between)
  const { a, b, c, network, until, elapse, stopHome, startHome, visit } = lab
  await stopHome()
  await visit()
  await elapse(b.say(bob, alice, 'at c'))
  await until(() => texts(c).length === 1 && b.service.waiting === 0)
  network.setLinked(a.domain, b.domain, false)
  await startHome()
  await until(() => a.counters.snapshot()['visits taken over'] === 1)
  await killer.startAgain(lab, c, () => true)
  t.not(await c.service.operate(['visits']), 'Nobody visits.', 'it died before it ended the visit')
  await until(() => c.service.reachable().includes(b.domain))
  await elapse(b.say(bob, alice, 'later'))
  await until(() => c.shown.some(({ body }) => body.includes('is there again and has what came in')))
  network.setLinked(a.domain, b.domain, true)
  await until(() => b.service.waiting === 0, 600_000)
  t.same([shownToAlice(a, c), texts(c).length], [['hello Alice', 'later', 'at c'], 1])
})

t.test('a visitor whose client holds the key writes and reads what that server can not read', async t => {
  const { b, c, until, elapse, credentials, stopHome, visit } = await talk(t)
  const client = createOxClient(c, alice, c.now(), credentials.key, guest)
  await stopHome()
  await visit({ holder: 'client' })
  await t.rejects(elapse(c.say(guest, bob, 'in clear')), { message: /Your key is in your own client/ })
  await elapse(client.write(bob, 'sealed at c'))
  await until(() => texts(b).length === 2)
  t.equal(texts(b)[1], 'bob@b.example < alice@a.example: sealed at c')
  await elapse(b.say(bob, alice, 'sealed for you'))
  await until(() => texts(c).length === 1)
  t.match(c.shown.at(-1), { user: guest, contact: bob, body: /encrypted/ })
  t.same(await client.read(), { from: bob, text: 'sealed for you' })
  await until(() => b.service.waiting + c.service.waiting === 0)
})

t.test('receipts go both ways: of what she was shown there, and of what she wrote there', async t => {
  const { b, c, until, elapse, stopHome, visit } = await talk(t)
  const marks: [string, Mark][] = []
  b.host.onMarked(mark => marks.push(['b', mark]))
  c.host.onMarked(mark => marks.push(['c', mark]))
  await stopHome()
  await visit()
  await elapse(b.host.say({ user: bob, contact: alice, body: 'seen?', id: 'm-1', asks: ['receipt'] }))
  await until(() => texts(c).length === 1)
  t.match(c.shown.at(-1), { user: guest, contact: bob, id: 'm-1', asks: ['receipt'] })
  await elapse(c.host.tell({ user: guest, contact: bob, kinds: ['receipt'], id: 'm-1' }))
  await until(() => marks.length === 1)
  t.match(marks[0], ['b', { user: bob, contact: alice, id: 'm-1', kinds: ['receipt'] }])
  await elapse(c.host.say({ user: guest, contact: bob, body: 'and mine?', id: 'm-2', asks: ['receipt'] }))
  await until(() => texts(b).length === 2)
  await elapse(b.host.tell({ user: bob, contact: alice, kinds: ['receipt'], id: 'm-2' }))
  await until(() => marks.length === 2)
  t.match(marks[1], ['c', { user: guest, contact: bob, id: 'm-2', kinds: ['receipt'] }])
  const before = c.counters.snapshot()['marks sent']
  await elapse(c.host.tell({ user: guest, contact: bob, kinds: ['receipt'], id: 'unknown' }))
  t.equal(c.counters.snapshot()['marks sent'], before, 'nobody learns that two addresses are one person')
})

t.test(
  'at two servers at once she is shown what is written at both, and her home tells her of each',
  async t => {
    const lab = await talk(t)
    const { a, b, c, until, elapse, credentials, stopHome, startHome, visit, servers } = lab
    const d = servers.find(({ domain }) => domain === 'd.example')
    if (!d) throw new Error('There are four.')
    await elapse(Promise.all([d.learns(alice), d.learns(bob)]))
    await stopHome()
    await visit()
    await elapse(beginVisit(d, parseUserAddress('somebody@d.example'), credentials))
    await until(() => b.service.reachable().includes(d.domain) && d.service.reachable().includes(b.domain))
    await lab.pass(20_000)
    await elapse(b.say(bob, alice, 'to both'))
    await until(() => texts(c).length === 1 && texts(d).length === 1 && b.service.waiting === 0)
    t.same(texts(d), ['somebody@d.example < bob@b.example: to both'])
    await startHome()
    await until(() => a.counters.snapshot()['visits taken over'] === 2)
    const told = a.shown.filter(({ user, contact }) => user === alice && contact === null)
    for (const { domain } of [c, d])
      t.equal(told.filter(({ body }) => body.includes(`as alice@a.example at ${domain}, which`)).length, 1)
    await elapse(b.say(bob, alice, 'welcome back'))
    await until(() => b.service.waiting === 0, 600_000)
    t.same([shownToAlice(a, c), texts(d).length], [['hello Alice', 'welcome back', 'to both'], 1])
  },
)

t.test('a short silence changes nothing: what was sent meanwhile arrives at home', async t => {
  const { a, b, c, until, pass, elapse, network } = await talk(t)
  network.setReachable(a.domain, false)
  await pass(5000)
  await elapse(b.say(bob, alice, 'are you there?'))
  await pass(40_000)
  await t.rejects(elapse(b.say(bob, alice, 'refused')), { code: 'route-unreachable' })
  network.setReachable(a.domain, true)
  await until(() => b.service.waiting === 0)
  t.same(shownToAlice(a, c), ['hello Alice', 'are you there?'])
  t.notOk(b.counters.snapshot()['parcels sent to mailboxes'])
})

for (const seed of [11, 12, 13])
  t.test(
    `frames get lost, the visited server dies, and hers comes back at any time: each is shown once (seed ${String(seed)})`,
    async t => {
      const chance = seeded(seed)
      const loss = { share: 0 }
      const killer = createKiller(seed)
      const lab = await talk(t, () => chance() < loss.share, killer.between)
      const { a, b, c, until, pass, elapse, stopHome, startHome, visit } = lab
      const told = (): boolean => (c.counters.snapshot()['homes of visitors told'] ?? 0) > 0
      await elapse(b.say(bob, alice, 'before'))
      await until(() => b.service.waiting === 0)
      await stopHome()
      await elapse(b.say(bob, alice, 'just then'))
      await visit()
      loss.share = 0.5
      const said = ['hello Alice', 'before', 'just then']
      const say = async (text: string): Promise<void> => {
        await elapse(b.say(bob, alice, text))
        said.push(text)
        await pass(3000 * chance())
      }
      await say('one')
      killer.arm(20)
      for (const text of ['two', 'three']) await say(text)
      await killer.startAgain(lab, c, () => b.service.waiting === 0)
      await say('four')
      await startHome()
      await until(() => b.service.reachable().includes(a.domain))
      killer.arm(30)
      for (const text of ['five', 'six']) await say(text)
      await killer.startAgain(lab, c, told)
      loss.share = 0.2
      await until(() => b.service.waiting === 0, 2_400_000)
      await until(told, 600_000)
      await pass(30_000)
      t.same(shownToAlice(a, c).sort(), said.sort())
      t.equal(await c.service.operate(['visits']), 'Nobody visits.')
    },
  )
