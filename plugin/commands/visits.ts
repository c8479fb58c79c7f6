// Users of other servers, which may be down, go on here; what they do for it, and what admins see of it.
import { parseUserAddress } from '../addresses.js'
import { FieldError } from '../errors.js'
import type { UserAddress } from '../ports.js'
import { adminCommands, userCommands, type Command, type Family } from './command.js'
import { listed } from './listing.js'

const family = {
  word: 'visit',
  help: 'going on here while your own server is down',
  commands: {
    // Before the shorter one, so that they are found.
    'visit begin': {
      usage: '<address>',
      title: 'Visit: begin, with my own address',
      labels: { address: 'Address' },
      help: 'begins a visit: "visit begin alice@a.example" when a.example is your own server and down; you are told what to sign',
    },
    'visit sign': {
      usage: '<text>',
      title: 'Visit: send what I signed',
      labels: { text: 'Signed text' },
      lines: 'text',
      help: 'takes the lines that you were asked to sign, signed by your own key',
    },
    'visit import': {
      usage: '',
      title: 'Visit: bring my exported key',
      help: 'begins a visit in one step with your key as "key export" gave it, or brings your mailbox key; by a form only, since chat would keep it',
      secretFiles: { file: 'File: what "key export" gave, from BEGIN to END' },
      secrets: { passphrase: 'Passphrase of the file' },
      warning:
        'While you visit, this server can read what is written to you and sign for you. It forgets the key when the visit ends.',
    },
    'visit mailbox': {
      usage: '<line>',
      title: 'Visit: bring my mailbox key',
      labels: { line: 'Line' },
      lines: 'line',
      help: 'takes your mailbox key, the line that gpg --decrypt shows, so that you are found here',
    },
    'visit end': { usage: '', title: 'Visit: end', help: 'ends the visit, and forgets what you brought' },
    visit: { usage: '', title: 'Visit: how it is', help: 'whether you visit, and what is left to do' },
  },
} as const satisfies Family

export const visitsFamily = {
  word: 'visits',
  help: 'who visits',
  commands: {
    '': { usage: '', title: 'Visits: list', help: 'who visits, with which account and until when' },
  },
} as const satisfies Family

/** What is done; each answers in words. */
export interface VisitPorts {
  describe(account: UserAddress): Promise<string>
  begin(account: UserAddress, user: UserAddress): Promise<string>
  sign(account: UserAddress, pasted: string): Promise<string>
  import(account: UserAddress, file: string, passphrase: string): Promise<string>
  mailbox(account: UserAddress, pasted: string): Promise<string>
  end(account: UserAddress): Promise<string>
}

export function visitCommands(visiting: VisitPorts): Command[] {
  return userCommands(family, {
    'visit begin': (account, [address = '']) => visiting.begin(account, parseUserAddress(address)),
    'visit sign': (account, [pasted = '']) => visiting.sign(account, pasted),
    async 'visit import'(account, _, { file, passphrase = '' }) {
      if (file === undefined)
        throw new FieldError(
          'file',
          'File: paste what "key export" gave in the form of this command; never in chat, which keeps it.',
        )
      return visiting.import(account, file, passphrase)
    },
    'visit mailbox': (account, [pasted = '']) => visiting.mailbox(account, pasted),
    'visit end': account => visiting.end(account),
    visit: account => visiting.describe(account),
  })
}

/** What admins see of a visit. */
export interface ListedVisit {
  readonly user: UserAddress
  readonly account: UserAddress
  /** Milliseconds. */
  readonly until: number
}

export function visitsCommands(all: () => readonly ListedVisit[]): Command[] {
  return adminCommands(visitsFamily, {
    '': () => {
      const rows = all().map(({ user, account, until }) => [
        user,
        account,
        `until ${new Date(until).toISOString().slice(0, 16)}Z`,
      ])
      return Promise.resolve(listed('Nobody visits.', ['User', 'Account', 'Until'], rows))
    },
  })
}
