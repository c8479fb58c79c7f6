// Runs on a disk of a few megabytes that its parent mounted: what a server does while that is full, as JSON.
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { openStore } from '../../../adapters/database/index.js'
import { PluginError } from '../../../plugin/errors.js'
import { createSealer } from '../../../plugin/sealer.js'
import { counted } from '../../_counted-work.js'
import { startMemoryServers, type Home, type MemoryServer } from '../../_memory-servers.js'

const disk = process.argv[2]
const { blocks, bsize } = statfsSync(disk ?? '.')
// It fills its disk: never one that is used for anything else.
if (disk === undefined || blocks * bsize > 8_388_608) throw new Error('Name a small disk of its own.')
const ballast = join(disk, 'ballast')

/** What the parent judges. */
export interface Observed {
  readonly crashed: readonly string[]
  readonly refusals: readonly { readonly code: string; readonly message: string }[]
  /** How often each accepted text was shown at the other side, in the order in which they were accepted. */
  readonly fromFull: readonly number[]
  readonly toFull: readonly number[]
  readonly shownWhileFull: number
  readonly inOrder: boolean
  readonly alarms: readonly string[]
  readonly refusedWrites: number
  readonly waiting: number
  readonly opened: readonly boolean[]
}

const crashed: string[] = []
process.on('unhandledRejection', reason => void crashed.push(String(reason)))

function fill(): void {
  const file = openSync(ballast, 'w')
  for (const length of [65_536, 4096, 1]) {
    try {
      for (;;) writeSync(file, Buffer.alloc(length))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
  }
  closeSync(file)
}

const seal = randomBytes(32)
let kept: Buffer | null = null
const home = async (): Promise<Home> => ({
  store: counted(await openStore(join(disk, 'data'))),
  sealer: createSealer(seal),
  keyFile: { load: () => Promise.resolve(kept), save: octets => Promise.resolve(void (kept = octets)) },
})
const admin = 'admin@a.example' as never
const lab = await startMemoryServers({ names: ['a', 'b', 'c'], homes: { a: home }, admins: [admin] })
const [a, b] = lab.servers as [MemoryServer, MemoryServer]
const refusals: { code: string; message: string }[] = []

/** The texts that were accepted of so many. */
async function say(
  from: MemoryServer,
  user: string,
  contact: string,
  texts: readonly string[],
): Promise<string[]> {
  const accepted: string[] = []
  for (const text of texts) {
    try {
      await from.say(user, contact, text)
      accepted.push(text)
    } catch (error) {
      const { code, message } =
        error instanceof PluginError ? error : { code: 'none', message: String(error) }
      refusals.push({ code, message })
    }
  }
  return accepted
}

const texts = (word: string, count: number, padding = 0): string[] =>
  Array.from({ length: count }, (_, at) => `${word} ${String(at)}${'.'.repeat(padding)}`)
const [alice, bob] = ['alice@a.example', 'bob@b.example']
await b.say(bob, null, 'help')
await a.say(alice, null, 'help')
await a.learns(bob)
await b.learns(alice)

const outward = await say(a, alice, bob, texts('before', 3))
fill()
// Long ones: whatever is free in files that exist already is soon used up.
outward.push(...(await say(a, alice, bob, texts('full', 60, 4000))))
const inward = await say(b, bob, alice, texts('to a full disk', 5))
await lab.pass(20_000)
outward.push(...(await say(a, alice, bob, texts('still full', 2, 4000))))
const times = (server: MemoryServer, text: string): number =>
  server.shown.filter(({ body }) => body === text).length
const shownWhileFull = inward.filter(text => times(a, text) > 0).length
const wasFull = a.counters.snapshot()['writes refused: disk full'] ?? 0

rmSync(ballast)
outward.push(...(await say(a, alice, bob, texts('behind', 3))))
await lab
  .until(() => a.service.waiting === 0 && b.service.waiting === 0, 1_800_000)
  .catch((error: unknown) => void crashed.push(String(error)))
await lab.pass(60_000)
const opened = [
  await a.store.addOpened(Buffer.alloc(16, 1), 1),
  await a.store.addOpened(Buffer.alloc(16, 1), 1),
]
const shownOf = (server: MemoryServer, accepted: readonly string[]): string[] =>
  server.shown.flatMap(({ body }) => (accepted.includes(body) ? [body] : []))
const observed: Observed = {
  crashed,
  refusals,
  fromFull: outward.map(text => times(b, text)),
  toFull: inward.map(text => times(a, text)),
  shownWhileFull,
  inOrder: shownOf(b, outward).join() === outward.join() && shownOf(a, inward).join() === inward.join(),
  alarms: a.shown.flatMap(({ user, body }) => (user === admin && body.includes('disk') ? [body] : [])),
  refusedWrites: wasFull,
  waiting: a.service.waiting + b.service.waiting + (await a.store.listOutgoing()).length,
  opened,
}
await lab.stop()
process.stdout.write(JSON.stringify(observed))
process.exit(0)
