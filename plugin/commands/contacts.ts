// Whom a user writes to, and what became of his messages.
import type { Explainer } from '../pki/index.js'
import type { UserAddress } from '../ports.js'
import { userCommands, type Command, type Family } from './command.js'
import { listed } from './listing.js'

const family = {
  word: 'contacts',
  help: 'contacts and messages',
  commands: {
    contacts: {
      usage: '',
      title: 'My contacts',
      help: 'whom you wrote to, or heard from, since the server started, and whether their keys are trusted',
    },
    delivery: {
      usage: '',
      title: 'My messages on their way',
      help: 'your messages that nobody has acknowledged yet',
    },
  },
} as const satisfies Family

export interface PendingWords {
  readonly recipient: UserAddress
  /** Milliseconds. */
  readonly accepted: number
  readonly attempts: number
  readonly obstacle: { readonly message: string } | null
}

export interface ContactsPorts {
  readonly contactsOf: (user: UserAddress) => readonly UserAddress[]
  /** The oldest first. */
  readonly pendingOf: (user: UserAddress) => Promise<readonly PendingWords[]>
  readonly explainer: Explainer
}

const mostShown = 100

export function contactsCommands({ contactsOf, pendingOf, explainer }: ContactsPorts): Command[] {
  return userCommands(family, {
    async contacts(user) {
      const contacts = contactsOf(user).slice(0, mostShown)
      const rows = await Promise.all(
        contacts.map(async contact => [contact, trustOf(await explainer.name(contact))]),
      )
      return listed('You have written to nobody since the server started.', ['Contact', 'Key'], rows)
    },
    async delivery(user) {
      const rows = (await pendingOf(user)).slice(0, mostShown).map(rowOf)
      const none = 'All your messages have arrived, or you were told that they did not.'
      return listed(none, ['To', 'Since', 'State'], rows)
    },
  })
}

function trustOf({ fingerprint, trusted }: Awaited<ReturnType<Explainer['name']>>): string {
  if (fingerprint === null) return 'no key known yet'
  return trusted ? 'trusted' : 'not trusted; "key" with the address says why'
}

function rowOf({ recipient, accepted, attempts, obstacle }: PendingWords): readonly string[] {
  const sent = attempts === 0 ? 'waits for its turn' : `sent ${String(attempts)} times, not acknowledged`
  const since = `${new Date(accepted).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  return [recipient, since, obstacle ? obstacle.message : sent]
}
