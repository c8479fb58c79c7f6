// More identities of a user, and what he does with each.
import { PluginError } from '../errors.js'
import type { Fingerprint, UserAddress } from '../ports.js'
import { userCommands, type Command, type Family, type UserCommand } from './command.js'
import { listed } from './listing.js'

const name = { pseudonym: 'Name of the pseudonym' }

const family = {
  word: 'pseudonym',
  help: 'more identities of yours, which nobody else connects with you',
  commands: {
    'pseudonym new': {
      usage: '[name]',
      title: 'Pseudonyms: make one',
      labels: { name: 'Name, like fox; empty: one is made up' },
      help: 'makes another identity of yours, with its own key, routes and contacts; others learn of it after a while',
    },
    'pseudonym list': {
      usage: '',
      title: 'Pseudonyms: mine',
      help: 'your pseudonyms, and since when others know them',
    },
    'pseudonym drop': {
      usage: '<pseudonym>',
      title: 'Pseudonyms: drop one',
      labels: name,
      warning:
        'Its key ends for everybody, and all that is kept of it is forgotten. Nobody gets the name again, you included. This can not be undone.',
      help: 'ends a pseudonym for good: its key is revoked, and nobody gets the name again',
    },
    'pseudonym key': {
      usage: '<pseudonym>',
      title: 'Pseudonyms: the key of one',
      labels: name,
      help: 'the fingerprint of its key',
    },
    'pseudonym export': {
      usage: '<pseudonym>',
      title: 'Pseudonyms: export the key of one',
      labels: name,
      help: 'its secret key for another program, like gpg, under a passphrase that is shown once',
      secrets: { passphrase: 'Passphrase of 12 characters or more; empty: one is made for you' },
    },
    'pseudonym contacts': {
      usage: '<pseudonym>',
      title: 'Pseudonyms: contacts of one',
      labels: name,
      help: 'whom you wrote to as this pseudonym, or heard from, since the server started',
    },
    'pseudonym delivery': {
      usage: '<pseudonym>',
      title: 'Pseudonyms: messages of one on their way',
      labels: name,
      help: 'messages of this pseudonym that nobody has acknowledged yet',
    },
    'pseudonym route': {
      usage: '<pseudonym> <server...>',
      title: 'Pseudonyms: choose the servers that messages of one go through',
      labels: { ...name, server: 'Servers from the first to that of your contact' },
      help: 'as "route", for the messages of this pseudonym',
    },
  },
} as const satisfies Family

/** A pseudonym as its owner is told of it. */
export interface OwnPseudonym {
  readonly address: UserAddress
  /** When others learn of it, milliseconds; `null` where they know it. */
  readonly readyAt: number | null
}

export interface PseudonymPorts {
  /** @throws PluginError with what stands against it */
  readonly create: (user: UserAddress, name: string | null) => Promise<OwnPseudonym>
  readonly of: (user: UserAddress) => readonly OwnPseudonym[]
  /** @throws PluginError `recipient-unknown` for one that the user has not */
  readonly own: (user: UserAddress, name: string) => OwnPseudonym
  readonly waitingOf: (pseudonym: UserAddress) => Promise<number>
  /** Gives how many of its contacts stay in the user's contact list until he takes them out. */
  readonly drop: (user: UserAddress, pseudonym: UserAddress) => Promise<number>
  readonly keyOf: (pseudonym: UserAddress) => Promise<Fingerprint>
  /** The address that the user writes to, to talk to bob@b.example as this pseudonym. */
  readonly exampleFor: (pseudonym: UserAddress) => string
  /** What these commands do for the account itself, by name. */
  readonly forAccount: (command: 'key export' | 'contacts' | 'delivery' | 'route') => UserCommand['run']
}

export function pseudonymCommands(ports: PseudonymPorts): Command[] {
  const { own } = ports
  const known = (user: UserAddress, name: string): UserAddress => {
    const { address, readyAt } = own(user, name)
    if (readyAt === null) return address
    throw new PluginError('command-invalid', `${address} has no key yet; it is made at ${timeOf(readyAt)}.`)
  }
  // The same as for the account, under another name.
  const as =
    (command: Parameters<PseudonymPorts['forAccount']>[0]): UserCommand['run'] =>
    (user, [name = '', ...words], secrets) =>
      ports.forAccount(command)(own(user, name).address, words, secrets)
  return userCommands(family, {
    'pseudonym new': async (user, [name = null]) => newWords(ports, await ports.create(user, name)),
    'pseudonym list': user => Promise.resolve(listWords(ports.of(user))),
    'pseudonym drop': (user, [name = '']) => drop(ports, user, name),
    async 'pseudonym key'(user, [name = '']) {
      const address = known(user, name)
      return `The fingerprint of the key of ${address} is ${(await ports.keyOf(address)).slice(2).toUpperCase()}.`
    },
    'pseudonym export'(user, [name = ''], secrets) {
      return ports.forAccount('key export')(known(user, name), [], secrets)
    },
    'pseudonym contacts': as('contacts'),
    'pseudonym delivery': as('delivery'),
    'pseudonym route': as('route'),
  })
}

function newWords({ exampleFor }: PseudonymPorts, { address, readyAt }: OwnPseudonym): string {
  return [
    `${address} is yours. Other servers learn of it ${readyAt === null ? 'now' : `at ${timeOf(readyAt)}`}: at a time of its own, which tells nobody whose it is. You are told then, and can write as it from then on.`,
    `To write to bob@b.example as it, send your message to ${exampleFor(address)}; answers come from there.`,
  ].join('\n')
}

function listWords(pseudonyms: readonly OwnPseudonym[]): ReturnType<typeof listed> {
  const rows = pseudonyms.map(({ address, readyAt }) => [
    address,
    readyAt === null ? 'ready' : `known to others from ${timeOf(readyAt)}`,
  ])
  return listed('You have no pseudonym. "pseudonym new" makes one.', ['Pseudonym', 'State'], rows)
}

async function drop(ports: PseudonymPorts, user: UserAddress, name: string): Promise<string> {
  const { address } = ports.own(user, name)
  const waiting = await ports.waitingOf(address)
  // Without its sender's key nobody may show a message.
  if (waiting > 0)
    throw new PluginError(
      'command-invalid',
      `${String(waiting)} messages of ${address} are on their way and would be lost. Wait until "pseudonym delivery ${name}" shows none.`,
    )
  const left = await ports.drop(user, address)
  const words = `${address} is dropped, and nobody gets the name again. Its key is revoked for everybody after a while, at a time that tells nobody whose it was.`
  return words + leftWords(left)
}

function timeOf(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** What a user hears of the contacts of dropped pseudonyms that are left in his list; nothing where none are. */
export function leftWords(contacts: number): string {
  if (contacts === 0) return ''
  const what = contacts === 1 ? 'A contact' : `${String(contacts)} contacts`
  return ` ${what} that you talked to as a dropped pseudonym can not be taken out of your contact list from here: remove what has "+" and the name in its address there.`
}
