// A process beside one server: its speaker and its listeners, with the plugin behind them or nothing at all.
import { randomBytes } from 'node:crypto'
import { systemClock } from '../../adapters/clock.js'
import { createCounters } from '../../adapters/counters.js'
import { systemRandom } from '../../adapters/random.js'
import { createXmppHost } from '../../adapters/xmpp/index.js'
import { parseDomain } from '../../plugin/addresses.js'
import { cellLength } from '../../plugin/mor/cell.js'
import type { Carrier, Clock, ContextAddress, Host, Log, PeerAddress } from '../../plugin/ports.js'
import { profiles } from '../../plugin/profiles.js'
import type { ServerName } from '../lab/network.js'
import { createVirtualClock } from '../_virtual-clock.js'
import type { BotPlace, FromBot, Mode, ToBot } from './bot-messages.js'
import { startBotPlugin } from './bot-plugin.js'

/** Frames on their way to a listener at most: enough to keep three servers busy, few enough to wait in no queue. */
const window = 32
const reportEvery = 8
const { interval } = profiles.fast
const quiet = (): void => undefined
const log: Log = { debug: quiet, info: quiet, warn: quiet, error: quiet }

const frames = Array.from({ length: 64 }, () => randomBytes(cellLength).toString('base64'))
const ticks = createVirtualClock(Date.now())
// Only the speaker's ticks come as fast as the link takes them; everything else goes on in real time.
const clock: Clock = {
  now: ticks.now,
  steady: ticks.steady,
  after: (delay, run) => (delay > 0 && delay <= interval ? ticks : systemClock).after(delay, run),
}
const heard = new Map<ServerName, number>()
const credit = new Map<ServerName, number>()
let mode: Mode = 'idle'
let spoken = 0
let speakOne: () => void = quiet
let realTime: NodeJS.Timeout | undefined

function say(message: FromBot): void {
  process.send?.(message)
}

function pump(): void {
  for (let before = -1; mode !== 'idle' && spoken > before && hasCredit();) {
    before = spoken
    speakOne()
  }
}

function hasCredit(): boolean {
  return [...credit.values()].every(total => spoken - total < window)
}

async function start(place: BotPlace): Promise<void> {
  for (const { name } of place.others) credit.set(name, 0)
  const host = createHost(place)
  const carrier = counting(host.carrier, place)
  const plugin = startBotPlugin({
    domain: parseDomain(place.domain),
    peers: place.others.map(({ domain, component }) => ({
      domain: parseDomain(domain),
      address: component as PeerAddress,
      fingerprint: null,
    })),
    folder: place.folder,
    host: { ...host, carrier },
    clock,
    counters: createCounters(),
    log,
  })
  // Until all hear each other, which the benchmark knows, time is real.
  realTime = setInterval(() => {
    ticks.advance(interval)
    if (heard.size === place.others.length) say({ kind: 'ready' })
  }, interval)
  const { mor, route } = await plugin
  const [own] = mor.contexts
  if (!own) throw new Error('The bot has no context.')
  speakOne = () => {
    if (mode === 'bare') carrier.speak(own.address, frames[spoken % frames.length] ?? '')
    else {
      // An onion waits at every tick: no cell is cover, which would be less work.
      if (own.speaker.waiting === 0 && hops) mor.send(shuffled(hops), { kind: 'drop' })
      ticks.advance(interval)
    }
  }
  let hops: Awaited<ReturnType<typeof route>> | null = null
  onPlugin = async () => {
    hops ??= await route()
  }
}

let onPlugin: () => Promise<void> = () => Promise.resolve()

function shuffled<Item>(items: readonly Item[]): Item[] {
  return systemRandom.below(2) === 0 ? [...items] : [...items].reverse()
}

function createHost({ service, domain, component, rooms, secret }: BotPlace): Host {
  return createXmppHost({
    service,
    secret,
    log,
    domain: parseDomain(domain),
    component: parseDomain(component),
    rooms: parseDomain(rooms),
    clock: systemClock,
    random: systemRandom,
    counters: createCounters(),
  })
}

// The rooms are the same for both: only what is behind them differs.
function counting(carrier: Carrier, { others }: BotPlace): Carrier {
  const speakerOf = (context: ContextAddress): ServerName | undefined =>
    others.find(({ domain }) => context.endsWith(`.${domain}`))?.name
  return {
    ...carrier,
    speak(context, frame) {
      const taken = carrier.speak(context, frame)
      if (taken) spoken++
      return taken
    },
    listen: (context, hear) =>
      carrier.listen(context, (frame, voice) => {
        if (mode !== 'bare') hear(frame, voice)
        const from = speakerOf(context)
        if (from) count(from)
      }),
  }
}

function count(from: ServerName): void {
  const total = (heard.get(from) ?? 0) + 1
  heard.set(from, total)
  if (total % reportEvery === 0) say({ kind: 'heard', from, total })
}

async function change(next: Mode): Promise<void> {
  if (next === 'plugin') await onPlugin()
  clearInterval(realTime)
  mode = next
  spoken = 0
  heard.clear()
  for (const name of credit.keys()) credit.set(name, 0)
  pump()
}

process.on('disconnect', () => process.exit())
process.on('message', (message: ToBot) => {
  if (message.kind === 'start') void start(message.place)
  else if (message.kind === 'mode') void change(message.mode)
  else {
    credit.set(message.by, message.total)
    pump()
  }
})
