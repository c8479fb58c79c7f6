// Loops on the in-process host: they come back, whoever drops is noticed, and nobody else can tell them from messages.
import t, { type Test } from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import type { StatusReport } from '../../../plugin/status/index.js'
import { createChance } from '../../faults/chance.js'
import { startMemoryServers, type MemoryServer, type MemoryServersOptions } from '../../_memory-servers.js'

const root = parseUserAddress('root@a.example')
const names = ['a', 'b', 'c', 'd', 'e', 'f']

async function started(t: Test, options: Partial<MemoryServersOptions> = {}) {
  const lab = await startMemoryServers({ names, loops: 50, admins: [root], ...options })
  t.teardown(() => lab.stop())
  const [a, b, c] = lab.servers
  if (!a || !b || !c) throw new Error('Three or more were started.')
  const count = (name: string) => a.counters.snapshot()[name] ?? 0
  return { ...lab, a, b, c, count }
}

function alarmsOf({ shown }: MemoryServer): string[] {
  return shown.filter(({ user }) => user === root).map(({ body }) => body)
}

/** From now on a server drops what it opens, and does all else as before. */
function drop({ store }: MemoryServer): void {
  const remember = store.addOpened.bind(store)
  Object.assign(store, {
    addOpened: async (secret: Buffer, expires: number) => {
      await remember(secret, expires)
      return false
    },
  })
}

t.test('without loss all come back, and the status tells how many and how fast', async t => {
  const { a, until, count } = await started(t, { names: ['a', 'b', 'c', 'd'] })
  await until(() => count('loops returned') >= 20, 300_000)
  t.equal(count('loops lost') + count('loops not sent') + count('loops too late'), 0)
  const { returned, peers } = JSON.parse(await a.service.operate(['status', '--json'])) as StatusReport
  t.equal(returned.ratio, 1)
  t.ok((returned.latency ?? 0) > 0.1 && (returned.latency ?? 9) < 2, `${String(returned.latency)} s`)
  t.equal(peers.length, 3)
  for (const peer of peers) t.equal(peer.returned.ratio, 1, peer.peer)
  t.match(a.service.metrics(), /p3do_peer_return_ratio\{peer="b\.example"\} 1\n/u)
  t.same(alarmsOf(a), [])
})

// Who drops but half is noticed late, after some hundred loops: see watch.test.ts.
t.test('a peer that drops everything is named to the admins, and nobody else is', async t => {
  const { a, c, until } = await started(t)
  drop(c)
  const began = a.now()
  const named = () => alarmsOf(a).filter(text => text.includes('over c.example'))
  await until(() => named().length > 0, 600_000)
  t.comment(`noticed after ${String((a.now() - began) / 1000)} s`)
  t.match(named()[0], /n-1 attack/u)
  t.notOk(
    alarmsOf(a).some(text => /over [bdef]\.example/u.test(text)),
    'honest ones are not accused',
  )
})

t.test('a tenth of all frames is lost at each listener: nobody is accused', async t => {
  // Drawn, not counted: each tick brings as many frames as the last, so a count would miss the same room for ever.
  const chance = createChance(1)
  const { a, pass, count } = await started(t, { loses: () => chance.fraction() < 0.1 })
  await pass(200_000)
  t.ok(count('loops returned') > 80, `${String(count('loops returned'))} came back`)
  t.same(alarmsOf(a), [])
})

t.test('an observer of all rooms sees the same with loops and without', async t => {
  const observed = async (loops: number) => {
    const { network, clock, pass, count } = await started(t, { names: ['a', 'b', 'c'], loops })
    const frames: { context: string; at: number; length: number }[] = []
    network.onFrame((context, frame) => frames.push({ context, at: clock.now(), length: frame.length }))
    await pass(30_000)
    t.equal(count('loops sent') > 0, loops > 0)
    const rooms = [...new Set(frames.map(({ context }) => context))]
    const gaps = rooms.flatMap(room => {
      const times = frames.filter(({ context }) => context === room).map(({ at }) => at)
      return times.slice(1).map((at, index) => at - (times[index] ?? 0))
    })
    return {
      lengths: [...new Set(frames.map(({ length }) => length))],
      gaps: [...new Set(gaps)],
      frames: frames.length,
    }
  }
  const [without, with_] = [await observed(0), await observed(50)]
  t.same(without, { lengths: [2732], gaps: [25], frames: 3600 })
  t.same(with_, without)
})

t.test('a server without others sends none, and stops without a trace', async t => {
  const { a, pass, count } = await started(t, { names: ['a', 'b', 'c'], strangers: true })
  await pass(20_000)
  t.equal(count('loops sent'), 0)
  t.ok(count('loops not sent') > 0)
  t.match(await a.service.operate(['status']), /Peers:\n {2}none/u)
})
