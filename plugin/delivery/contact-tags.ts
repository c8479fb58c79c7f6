// Registers the tags under which visitors are found here, for as long as they visit (PROTO s12.5).
import { epochOf, epochStart, type Mor } from '../mor/index.js'
import type { Cancel, Clock, UserAddress } from '../ports.js'
import { every } from '../repeat.js'
import type { Visit, Visits } from '../visits/index.js'
import { contactTag } from './contact-tag.js'

export interface ContactTags {
  /** The visitor whom an onion with that tag is for. */
  find(tag: Buffer): UserAddress | null
  /** Whether something is received for a visitor now. */
  isOpen(user: UserAddress): boolean
  /** Nothing is received for a visitor any more, or again. */
  close(user: UserAddress): void
  open(user: UserAddress): void
  start(mor: Pick<Mor, 'expect'>): void
  stop: Cancel
}

export interface ContactTagOptions {
  readonly visits: Pick<Visits, 'all' | 'onChange'>
  readonly clock: Clock
}

// Days change at midnight; looking every hour needs no alarm clock.
const lookEvery = 3_600_000

interface Registered {
  readonly user: UserAddress
  readonly cancel: Cancel
}

export function createContactTags({ visits, clock }: ContactTagOptions): ContactTags {
  const registered = new Map<string, Registered>()
  const closed = new Set<UserAddress>()
  const cancels: Cancel[] = []
  let mor: Pick<Mor, 'expect'> | null = null
  const clear = (): void => {
    for (const { cancel } of registered.values()) cancel()
    registered.clear()
  }
  // All anew: of very many keys those that were registered first are given up.
  const register = (): void => {
    clear()
    if (mor === null) return
    const open = visits.all().filter(({ user }) => !closed.has(user))
    for (const visit of open) registerVisit(mor, visit, epochOf(clock.now()), registered)
  }
  return {
    find: tag => registered.get(tag.toString('hex'))?.user ?? null,
    isOpen: user => !closed.has(user),
    close(user) {
      closed.add(user)
      register()
    },
    open(user) {
      if (closed.delete(user)) register()
    },
    start(started) {
      mor = started
      register()
      cancels.push(every(clock, lookEvery, register))
      cancels.push(
        visits.onChange(({ user }, change) => {
          if (change === 'begun') closed.delete(user)
          register()
        }),
      )
    },
    stop() {
      for (const cancel of cancels) cancel()
      clear()
    },
  }
}

// Clocks differ, and what was sent before midnight arrives after it.
function registerVisit(
  mor: Pick<Mor, 'expect'>,
  { user, fingerprint, mailbox, proof }: Visit,
  today: number,
  registered: Map<string, Registered>,
): void {
  // Without a proof his home could not be told what came in.
  if (!mailbox || !proof) return
  for (const day of [today - 1, today, today + 1]) {
    const tag = contactTag({ fingerprint, key: mailbox.octets }, day)
    const cancel = mor.expect(tag, mailbox, epochStart(day + 3))
    registered.set(tag.toString('hex'), { user, cancel })
  }
}
