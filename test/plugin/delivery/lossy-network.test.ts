// Whole servers on the in-process host: frames are lost, servers restart and are cut off; nothing is lost, twice or out of order.
import t, { type Test } from 'tap'
import { startMemoryServers, type MemoryServersOptions } from '../../_memory-servers.js'
import { seeded } from '../../_seeded.js'

async function started(t: Test, options: Partial<MemoryServersOptions>) {
  const lab = await startMemoryServers({ names: ['a', 'b', 'c', 'd'], ...options })
  t.teardown(() => lab.stop())
  const [a, b, c, d] = lab.servers
  if (!a || !b || !c || !d) throw new Error('Four were started.')
  await b.say('bob@b.example', null, 'help')
  await a.say('alice@a.example', null, 'help')
  await a.learns('bob@b.example')
  await b.learns('alice@a.example')
  const shown = (server: typeof a) => server.shown.filter(({ contact }) => contact).map(({ body }) => body)
  const total = (name: string) =>
    lab.servers.reduce((sum, { counters }) => sum + (counters.snapshot()[name] ?? 0), 0)
  return { ...lab, a, b, c, d, shown, total }
}

function numbered(count: number, from: string): string[] {
  return Array.from({ length: count }, (_, number) => `${from} ${String(number)}`)
}

t.test(
  'every tenth frame is lost at each listener: all arrive, once, in order, and are acknowledged',
  async t => {
    const chance = seeded(7)
    let lost = 0
    let lossy = false
    const loses = (): boolean => lossy && chance() < 0.1 && ++lost > 0
    const { a, b, until, shown, total } = await started(t, { loses })
    lossy = true
    const [questions, answers] = [numbered(16, 'question'), numbered(16, 'answer')]
    for (let number = 0; number < 16; number++) {
      await a.say('alice@a.example', 'bob@b.example', questions[number] ?? '')
      await b.say('bob@b.example', 'alice@a.example', answers[number] ?? '')
    }
    await until(() => total('messages acknowledged') === 32, 3_600_000)
    t.same(shown(b), questions)
    t.same(shown(a), answers)
    t.ok(lost > 50, `${String(lost)} frames were lost`)
  },
)

t.test('servers restart in the middle of everything: nothing is lost, nothing comes twice', async t => {
  const { a, b, c, until, pass, shown, total, servers } = await started(t, {})
  const all = numbered(16, 'number')
  for (const [number, body] of all.entries()) {
    await a.say('alice@a.example', 'bob@b.example', body)
    if (number % 8 === 2) await a.restart()
    if (number % 8 === 5) await b.restart()
    if (number % 8 === 7) await c.restart()
    await until(() => servers.every(({ service }) => service.reachable().length === 4))
    await pass(60)
  }
  await until(() => shown(b).length >= all.length && a.service.waiting === 0, 3_600_000)
  await pass(10_000)
  t.same(shown(b), all)
  t.ok(total('messages acknowledged') <= all.length)
})

t.test('a server that is away for a while: what was accepted before arrives when it is back', async t => {
  const { a, b, network, until, pass, shown } = await started(t, {})
  const all = numbered(6, 'number')
  for (const body of all) await a.say('alice@a.example', 'bob@b.example', body)
  network.setReachable(b.domain, false)
  await pass(20_000)
  t.ok(shown(b).length < all.length)
  network.setReachable(b.domain, true)
  await until(() => a.service.waiting === 0, 3_600_000)
  t.same(shown(b), all)
})

t.test('a server that never comes back: each sender hears it of each message, in time', async t => {
  const { a, b, network, until, shown } = await started(t, { patience: 20_000 })
  const failures: (string | undefined)[] = []
  a.host.onFailed(({ id }, reason) => {
    t.match(reason.code, /^(?:not-acknowledged|route-unreachable)$/u)
    failures.push(id)
  })
  const all = numbered(3, 'number')
  network.setReachable(b.domain, false)
  for (const body of all) await a.say('alice@a.example', 'bob@b.example', body)
  await until(() => failures.length === all.length, 3_600_000)
  t.same(shown(b), [])
})
