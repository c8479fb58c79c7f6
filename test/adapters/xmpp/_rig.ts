// A link against the scripted server, with virtual time and everything it logs and counts at hand.
import type { Test } from 'tap'
import type { Element } from 'ltx'
import { systemRandom } from '../../../adapters/random.js'
import type { Log } from '../../../plugin/ports.js'
import type { LinkLimits } from '../../../adapters/xmpp/link-options.js'
import { createLink, type Link } from '../../../adapters/xmpp/link.js'
import { createVirtualClock, type VirtualClock } from '../../_virtual-clock.js'
import { secret, startScriptedServer, type ScriptedServer, type ScriptedStream } from './_scripted-server.js'

export interface LogLine {
  readonly level: string
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

export interface Rig {
  readonly server: ScriptedServer
  readonly link: Link
  readonly clock: VirtualClock
  readonly lines: LogLine[]
  /** Resolves once so many lines are logged. */
  readonly logged: (count: number) => Promise<void>
  readonly log: Log
  readonly count: (name: string) => void
  readonly counted: (name: string) => number
  /** Starts the link and resolves with the accepted stream when the link is online. */
  readonly online: () => Promise<ScriptedStream>
}

export interface RigOptions {
  readonly service?: string
  readonly limits?: Partial<LinkLimits>
}

type RigTest = Pick<Test, 'teardown'>

function createRecorder() {
  const lines: LogLine[] = []
  const counts = new Map<string, number>()
  let waiting: { count: number; resolve: () => void }[] = []
  const write = (level: string) => (fields: object, message: string) => {
    lines.push({ level, message, fields: { ...fields } })
    for (const { count, resolve } of waiting) if (lines.length >= count) resolve()
    waiting = waiting.filter(({ count }) => lines.length < count)
  }
  return {
    lines,
    log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    count: (name: string) => {
      counts.set(name, (counts.get(name) ?? 0) + 1)
    },
    counted: (name: string) => counts.get(name) ?? 0,
    logged: (count: number) =>
      new Promise<void>(resolve => {
        if (lines.length >= count) resolve()
        else waiting.push({ count, resolve })
      }),
  }
}

/** Builds all of it; everything is stopped when the test ends. */
export async function createRig(t: RigTest, options: RigOptions = {}): Promise<Rig> {
  const server = await startScriptedServer()
  const clock = createVirtualClock()
  const recorder = createRecorder()
  const link = createLink({
    service: server.service,
    domain: 'p3do.a.example',
    secret,
    clock,
    random: systemRandom,
    log: recorder.log,
    counters: { count: recorder.count },
    ...options,
  })
  t.teardown(async () => {
    await Promise.all([link.stop(), server.stop()])
  })
  return {
    ...recorder,
    server,
    link,
    clock,
    online: async () => {
      const [stream] = await Promise.all([server.accepted(), link.start()])
      return stream
    },
  }
}

/** The next stanza that the link hands over. */
export function nextStanza(link: Link): Promise<Element> {
  return new Promise(resolve => {
    const cancel = link.onStanza(stanza => {
      cancel()
      resolve(stanza)
    })
  })
}

/** The next time that the link comes online or goes offline. */
export function nextChange(link: Link, kind: 'online' | 'offline'): Promise<void> {
  return new Promise(resolve => {
    const cancel = (kind === 'online' ? link.onOnline : link.onOffline)(() => {
      cancel()
      resolve()
    })
  })
}

/** Resolves once the link has worked on all that the stream wrote so far. */
export async function caughtUp(stream: ScriptedStream): Promise<void> {
  const { length } = stream.received()
  stream.write(
    `<iq type='get' id='caught-up-${String(length)}' from='a.example' to='p3do.a.example'><ping xmlns='urn:xmpp:ping'/></iq>`,
  )
  await stream.until(new RegExp(`id="caught-up-${String(length)}"`))
}

/** Lets a long stanza, that comes in many reads, reach the link. */
export async function settleLong(clock: VirtualClock): Promise<void> {
  for (let turn = 0; turn < 50; turn++) {
    await settle()
    clock.advance(5)
  }
}

/** Lets sockets of this process pass on what was written. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise(resolve => setImmediate(resolve))
}
