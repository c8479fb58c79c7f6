// A context in a room that somebody lends: its owner says which servers may know it, and when it speaks (PROTO s7.5).
import type { Federation } from '../pki/index.js'
import type { Carrier, Clock, ContextAddress, ContextStore, Counters, Domain, Log, Trace } from '../ports.js'
import type { Sealer } from '../sealer.js'
import { openOwnContext, type OwnContext, type Pace } from './own-context.js'

export interface Lending {
  readonly address: ContextAddress
  readonly group: string
  /** Whether a server may know the context and listen to it, now. */
  readonly admits: (server: Domain) => boolean
}

export interface LentContext {
  readonly context: OwnContext
  /** Speaks at that pace, or no more while it is `null`; tells those who listen when it is there under another name. */
  speak(pace: Pace | null): void
  /** Tells the servers that may listen to ask again. */
  tell(): void
  /** Throws a server out that may not listen any more. @throws PluginError where the host does not do it */
  refuse(server: Domain): Promise<void>
  /** Ends it, and forgets its keys. */
  close(): Promise<void>
}

export interface LendingOptions {
  /** All own ones. */
  readonly contexts: OwnContext[]
  readonly federation: Federation
  readonly carrier: Carrier
  readonly store: ContextStore
  readonly sealer: Sealer
  readonly clock: Clock
  readonly counters: Counters
  readonly trace: Trace
  readonly log: Log
}

/** Tells those who may listen to a context to ask again for it, and nobody else that there is news. */
export function tellAdmitted(federation: Federation, context: Pick<OwnContext, 'admits'>): void {
  federation.tell(
    'members',
    federation.peers().filter(({ domain }) => context.admits(domain)),
  )
}

export function lendTo(options: LendingOptions): (room: Lending) => Promise<LentContext> {
  const { contexts, federation, store } = options
  return async room => {
    const context = await openOwnContext({ ...options, ...room, name: room.address, pace: null })
    contexts.push(context)
    let named = context.voice()
    const tell = (): void => {
      named = context.voice()
      tellAdmitted(federation, context)
    }
    return {
      context,
      tell,
      speak(pace) {
        const isNew = !isSame(pace, context.speaking ? context.pace : null)
        // What waits in a speaker is lost with it.
        if (isNew) context.setPace(pace)
        if (isNew || named !== context.voice()) tell()
      },
      async refuse(server) {
        const refused = federation.peers().filter(({ domain }) => domain === server)
        try {
          for (const { fingerprint } of refused) await context.expel(fingerprint)
          // Also those who did not ask yet since the start.
          await context.expelOthers()
        } finally {
          federation.tell('members', refused)
          tell()
        }
      },
      async close() {
        contexts.splice(contexts.indexOf(context), 1)
        context.stop()
        tell()
        await store.removeContext(room.address)
      },
    }
  }
}

function isSame(one: Pace | null, other: Pace | null): boolean {
  return one?.interval === other?.interval && one?.meanDelay === other?.meanDelay
}
