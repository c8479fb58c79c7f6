// The demo on real servers: three Prosodys, three plugin processes, a stock client.
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseUserAddress } from '../../plugin/addresses.js'
import { PluginError } from '../../plugin/errors.js'
import { contactAddress } from '../../adapters/xmpp/escaping.js'
import { takeOver } from './demo-takeover.js'
import { ensureDebian, laboratoryPackages } from './debian-packages.js'
import { people, type Observation, type Span, type Stage, type StageOptions } from './demo-stage.js'
import { createClient } from './go-sendxmpp.js'
import { startNetwork } from './network.js'
import { startPlugins } from './plugins.js'

/** Gets the programs, which takes a download at the first time in a checkout. @throws PluginError that says what to install */
export async function ensurePrograms(): Promise<void> {
  const waiting = setTimeout(() => {
    console.log(
      `Getting Debian's ${laboratoryPackages.join(', ')}; they go to .lab and are not installed ...`,
    )
  }, 500)
  try {
    await ensureDebian()
  } catch (cause) {
    if (!(cause instanceof PluginError)) throw cause
    const other = 'or do without chat servers: npm run demo -- --host memory'
    throw new PluginError('config-invalid', `${cause.message}\n${other}`, { cause })
  } finally {
    clearTimeout(waiting)
  }
}

/** Starts servers, plugins and clients; resolves when every server hears the others and both users are online. */
export async function startProsodyStage({ folder, profile, say, begin }: StageOptions): Promise<Stage> {
  say('three Prosody servers, a, b and c.example, on loopback addresses of their own')
  const { servers, users, names } = await begin(() => startNetwork({ folder, tap: true, dns: true }), stop)
  say('their names, and soon the keys, in zones with DNSSEC on a name server of their own (knot)')
  say('a plugin beside each: keys are made and go into the zones; each knows the others by domain alone')
  const started = await begin(() => startPlugins({ folder, servers, profile, names }), stop).catch(notReady)
  const { journey, plugins } = started
  say('all found each other: DNS names each key, certificates are exchanged and countersigned, rooms joined')
  say('Alice and Bob come online with go-sendxmpp')
  const client = await createClient(join(folder, 'clients'))
  const alice = await begin(() => client.listen(users.a), stop)
  const bob = await begin(() => client.listen(users.b), stop)
  return {
    journey,
    shown: { Alice: alice.messages, Bob: bob.messages },
    write(from, to, text) {
      const { home } = people[from]
      const component = servers[home].component.domain
      const local = `p3do@${component}`
      const contact =
        to === 'plugin' ? local : contactAddress(parseUserAddress(people[to].address), component)
      return client.send(users[home], contact, text)
    },
    takeOver: () => takeOver(plugins),
    observe: (span, texts) =>
      readTaps(
        Object.values(servers).map(({ tap }) => tap),
        span,
        texts,
      ),
  }
}

function notReady(cause: unknown): never {
  if (cause instanceof PluginError) throw cause
  const advice = 'Is the machine busy? --keep FOLDER keeps the logs.'
  throw new PluginError('peer-unreachable', `The three plugins did not get ready in time. ${advice}`, {
    cause,
  })
}

function stop(thing: { stop(): Promise<void> }): Promise<void> {
  return thing.stop()
}

interface Tapped {
  readonly time: number
  readonly direction: 'in' | 'out' | 'room'
  readonly to: string
  readonly xml: string
}

async function readTaps(
  files: readonly string[],
  span: Span,
  texts: readonly string[],
): Promise<Observation> {
  const [cells, lengths, found] = [new Map<string, number>(), new Set<number>(), new Set<string>()]
  let searched = 0
  for (const file of files) {
    for await (const line of createInterface({ input: createReadStream(file) })) {
      const { time, direction, to, xml } = JSON.parse(line) as Tapped
      if (time < span.from || time > span.until) continue
      searched++
      for (const text of texts) if (xml.includes(text)) found.add(text)
      const frame = direction === 'room' ? /<cell [^>]*>([^<]*)<\/cell>/.exec(xml)?.[1] : undefined
      if (frame === undefined) continue
      cells.set(to, (cells.get(to) ?? 0) + 1)
      lengths.add(frame.length)
    }
  }
  return { cells, lengths, searched, found: [...found] }
}
