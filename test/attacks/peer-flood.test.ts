// A countersigned server turns hostile as a speaker: it floods, says garbage, repeats itself, and fills the others' queues.
import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { parseUserAddress } from '../../plugin/addresses.js'
import { sealCover, sealOnion, type TaggedOnion } from '../../plugin/mor/cell.js'
import { decodeEpochs } from '../../plugin/mor/context-keys.js'
import { epochOf } from '../../plugin/mor/epoch.js'
import type { ContextAddress } from '../../plugin/ports.js'
import { foreignOnion } from '../_listener.js'
import { startMemoryServers, type MemoryServer, type MemoryServersOptions } from '../_memory-servers.js'

const root = parseUserAddress('root@a.example')

/** Four servers; d is silent from now on but for what the test says in its context. */
async function withHostile(t: Test, options: Partial<MemoryServersOptions> = {}) {
  const lab = await startMemoryServers({ names: ['a', 'b', 'c', 'd'], admins: [root], ...options })
  t.teardown(() => lab.stop())
  const [a, b, c, d] = lab.servers
  if (!a || !b || !c || !d) throw new Error('Four were started.')
  await b.say('bob@b.example', null, 'help')
  await a.say('alice@a.example', null, 'help')
  await a.learns('bob@b.example')
  await b.learns('alice@a.example')
  const { context, link } = await mouthOf(d)
  await d.service.stop()
  const say = (frame: string): void => void d.host.carrier.speak(context, frame)
  const total = (name: string) =>
    [a, b, c].reduce((sum, { counters }) => sum + (counters.snapshot()[name] ?? 0), 0)
  return { ...lab, a, b, c, d, link, say, total }
}

async function mouthOf({ store, sealer, domain, now }: MemoryServer) {
  const [saved] = await store.loadContexts()
  if (!saved) throw new Error('It has a context.')
  const epochs = decodeEpochs(sealer.unseal(`context ${saved.name}`, saved.keys))
  const link = epochs.find(({ epoch }) => epoch === epochOf(now()))?.link
  if (!link) throw new Error('It has a key of today.')
  return { context: `${saved.name}@conference.${domain}` as ContextAddress, link }
}

function alarmsOf({ shown }: MemoryServer): string[] {
  return shown.filter(({ user, contact }) => user === root && contact === null).map(({ body }) => body)
}

t.test('a hundred times its pace: what is too much costs nothing, and it is muted', async t => {
  const { a, b, d, link, say, pass, until } = await withHostile(t)
  const coverHeard = () => a.counters.snapshot()['cover heard'] ?? 0
  const before = coverHeard()
  for (let tick = 0; tick < 160; tick++) {
    for (let count = 0; count < 100; count++) say(sealCover(link))
    await pass(25)
  }
  // Of 16,000: twenty seconds' worth at once, and what the clocks of three speakers allow in four seconds.
  const most = 800 + 4 * 3 * 42
  t.ok(coverHeard() - before <= most, `${String(coverHeard() - before)} cells were looked at`)
  t.equal(a.counters.snapshot()['peers muted'], 1)
  t.match(alarmsOf(a), [/^d\.example is not listened to for 1 minutes: it spoke faster than its clock/u])
  t.match(
    await a.service.operate(['status']),
    /d\.example: not reachable now; not listened to for (?:1 min|\d+ s) more/u,
  )
  await a.say('alice@a.example', 'bob@b.example', 'in spite of it')
  await until(() => b.shown.some(({ body }) => body === 'in spite of it'), 5000)
  await pass(61_000)
  t.equal(alarmsOf(a).at(-1), `${d.domain} is listened to again.`)
})

const garbage: Record<string, (link: Buffer) => string> = {
  'cells under another key': () => sealCover(randomBytes(32)),
  'cells with a forged authentication tag': link => {
    const cell = Buffer.from(sealCover(link), 'base64')
    cell.writeUInt8(cell.readUInt8(cell.length - 1) ^ 1, cell.length - 1)
    return cell.toString('base64')
  },
  'what is no cell': () => 'A'.repeat(2732),
}
for (const [name, make] of Object.entries(garbage)) {
  t.test(`${name}, at its own pace: muted within three minutes, and messages go on`, async t => {
    const { a, b, link, say, pass, until } = await withHostile(t)
    const started = a.now()
    while (!a.counters.snapshot()['peers muted'] && a.now() - started < 180_000) {
      say(make(link))
      await pass(25)
    }
    t.equal(a.counters.snapshot()['peers muted'], 1)
    t.equal(alarmsOf(a).length, 1)
    await a.say('alice@a.example', 'bob@b.example', 'in spite of it')
    await until(() => b.shown.some(({ body }) => body === 'in spite of it'), 5000)
  })
}

t.test('the same onion again and again, sealed afresh: spoken once, and scored', async t => {
  const { a, link, say, pass } = await withHostile(t)
  const onion = foreignOnion()
  for (let count = 0; count < 200; count++) {
    say(sealOnion(link, onion))
    await pass(25)
  }
  t.equal(a.counters.snapshot()['faults of speakers: repeated'], 199)
  t.match(await a.service.operate(['status']), /d\.example: [^\n]*faults worth [45] s of its clock/u)
})

t.test('never a cover cell, as many onions as the clocks carry: messages of others do not wait', async t => {
  const { a, b, link, say, pass, until, total } = await withHostile(t, { extraHops: 0 })
  await a.say('alice@a.example', null, '/route c.example b.example')
  const onions: TaggedOnion[] = Array.from({ length: 700 }, () => foreignOnion())
  for (const onion of onions) say(sealOnion(link, onion))
  await pass(100)
  t.ok(Number(await waitingAt(a)) > 600, 'hundreds wait to be spoken again')
  const before = a.now()
  await a.say('alice@a.example', 'bob@b.example', 'between them')
  await until(() => b.shown.some(({ body }) => body === 'between them'), 10_000)
  t.ok(a.now() - before < 3000, `it took ${String(a.now() - before)} ms`)
  t.ok(Number(await waitingAt(a)) > 400, 'and they wait still')
  t.equal(total('peers muted'), 0, 'it kept to its clock')
})

async function waitingAt(server: MemoryServer): Promise<string | undefined> {
  return /(\d+) onions wait/u.exec(await server.service.operate(['status']))?.[1]
}

t.test('an honest speaker is not accused: not at midnight, not after a link that stood still', async t => {
  const lab = await startMemoryServers({ names: ['a', 'b', 'c'], profile: 'default', admins: [root] })
  t.teardown(() => lab.stop())
  const [a, b] = lab.servers
  if (!a || !b) throw new Error('Three were started.')
  const { context, link } = await mouthOf(b)
  for (let count = 0; count < 8 * 120; count++) b.host.carrier.speak(context, sealCover(link))
  await lab.pass(60_000)
  t.equal(a.counters.snapshot()['peers muted'], undefined)
  t.same(alarmsOf(a), [])
})
