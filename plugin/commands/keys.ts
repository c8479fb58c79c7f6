// The key ring of this server for its admin: what is on it, why it is trusted or not, and all of it for other programs.
import { parseDomain, parseUserAddress } from '../addresses.js'
import { PluginError } from '../errors.js'
import type { Explainer } from '../pki/index.js'
import type { Domain, Fingerprint, RingEntry, RingStore } from '../ports.js'
import { adminCommands, type Caller, type Command, type Family } from './command.js'

export const keysFamily = {
  word: 'keys',
  help: 'the keys of servers and users that are known here',
  commands: {
    list: {
      usage: '[domain]',
      title: 'Keys: list',
      help: 'fingerprints of servers, and of the users of a domain where one is named',
    },
    explain: {
      usage: '<address-or-domain>',
      title: 'Keys: explain a verdict',
      help: 'whether a key is trusted, since when, by which path and until when, or why not',
    },
    export: {
      usage: '[address-or-domain]',
      title: 'Keys: export',
      help: 'a key, a server with all its users, or the whole ring, armored: gpg and sq import it',
    },
    rotate: {
      usage: '',
      title: 'Keys: a new key of this server',
      warning: 'This server gets a new key. Have a backup of the old one, and access to your records in DNS.',
      help: 'a new key of this server, to which the present one hands over',
    },
  },
} as const satisfies Family

export interface KeysPorts {
  readonly ring: RingStore
  readonly explainer: Explainer
  readonly armor: (certificates: Buffer) => string
  /** Makes a new key of this server and resolves to its fingerprint. @throws PluginError `too-many-requests` */
  readonly change: () => Promise<Fingerprint>
}

// More would keep the speakers waiting while it is written.
const mostKeys = 10_000
// What a chat message may hold, with room for the host's own limits.
const longestChat = 20_000

export function keysCommands({ ring, explainer, armor, change }: KeysPorts): Command[] {
  return adminCommands(keysFamily, {
    async list(_, [domain]) {
      const servers = await ring.list('server', domain === undefined ? null : parseDomain(domain), -1)
      const users = domain === undefined ? [] : await usersOf(ring, parseDomain(domain))
      // A key that was replaced stands under its fingerprint, not under its domain.
      const current = servers.filter(entry => entry.subject === entry.domain)
      const rows = [...current, ...users].map(rowOf).sort(([one], [other]) => (one < other ? -1 : 1))
      if (rows.length === 0) return 'No key of that domain is known here.'
      return { text: rows.map(row => row.join(' ')).join('\n'), columns: ['Whose', 'Fingerprint'], rows }
    },
    async explain(_, [name = '']) {
      return explained(explainer, name)
    },
    async export(who, [name]) {
      const entries = await chosen(ring, name)
      if (entries.length === 0) throw new PluginError('recipient-unknown', 'No such key is known here.')
      return fitting(who, armor(Buffer.concat(entries.map(({ certificate }) => certificate))))
    },
    async rotate() {
      return [
        `The new key of this server is ${digitsOf(await change())}.`,
        'It is in the key file, together with the old one, which goes on opening messages for two weeks. Back the file up.',
        'Peers take it up by themselves within minutes. If you have records in DNS, print them anew with "p3do dns".',
      ].join('\n')
    },
  })
}

/** The answer to "explain": the words, and the fingerprint to compare. */
export async function explained(explainer: Explainer, name: string): Promise<string> {
  const { fingerprint, words } = await explainer.name(name)
  return fingerprint === null ? words : `${words} Fingerprint: ${digitsOf(fingerprint)}.`
}

async function chosen(ring: RingStore, name: string | undefined): Promise<readonly RingEntry[]> {
  if (name?.includes('@') === true) {
    const entry = await ring.find('user', parseUserAddress(name))
    return entry ? [entry] : []
  }
  const domain = name === undefined ? null : parseDomain(name)
  const [servers, ended] = [await ring.list('server', domain, -1), await ring.list('ended', domain, -1)]
  return [...servers, ...(await usersOf(ring, domain)), ...ended]
}

async function usersOf(ring: RingStore, domain: Domain | null): Promise<readonly RingEntry[]> {
  const users = await ring.list('user', domain, -1, mostKeys + 1)
  if (users.length <= mostKeys) return users
  throw new PluginError(
    'command-invalid',
    `There are more than ${String(mostKeys)} keys; name a domain or an address.`,
  )
}

function fitting(who: Caller, text: string): string {
  if (who === null || text.length <= longestChat) return text
  throw new PluginError(
    'command-invalid',
    'This is too long for a chat message; use the command line: p3do keys export.',
  )
}

function rowOf({ subject, fingerprint }: RingEntry): readonly [string, string] {
  return [subject, digitsOf(fingerprint)]
}

function digitsOf(fingerprint: string): string {
  return fingerprint.slice(2).toUpperCase()
}
