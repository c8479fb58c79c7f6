// What a user asks about a key: his own, or a contact's.
import type { Explainer } from '../pki/index.js'
import type { Fingerprint, UserAddress } from '../ports.js'
import { userCommands, type Command, type Family } from './command.js'
import { answerWithFile } from './file-block.js'
import { explained } from './keys.js'

const family = {
  word: 'key',
  help: 'keys',
  commands: {
    // Before the shorter one, so that it is found.
    'key export': {
      usage: '',
      title: 'Export my key',
      help: 'your secret key for another program, like gpg, under a passphrase that is shown once; where your client has the key, the mailbox key with which you are found when you visit another server',
      secrets: { passphrase: 'Passphrase of 12 characters or more; empty: one is made for you' },
    },
    key: {
      usage: '[address-or-domain]',
      title: 'My key, or whether a key is trusted',
      help: 'the fingerprint of your key, which is made at your first message; with an address, whether that key is trusted and why',
    },
  },
} as const satisfies Family

export interface KeyPorts {
  /** The fingerprint of a user's key, which is made where there is none yet. */
  readonly keyOf: (user: UserAddress) => Promise<Fingerprint>
  readonly explainer: Explainer
  /** A hosted key or else the mailbox key, armored, under the chosen passphrase or one that is made. @throws PluginError */
  readonly exportKey: (
    user: UserAddress,
    chosen: string | null,
  ) => Promise<{ readonly what: 'key' | 'mailbox'; readonly armored: string; readonly made: string | null }>
}

const titles = { key: 'Your key', mailbox: 'Your mailbox key' } as const
const uses = {
  key: 'Your key. Save the lines from BEGIN to END in a file, and import it: gpg --import FILE',
  mailbox:
    'Your client has your key. These lines are your mailbox key: save them from BEGIN to END in a file, for the form "visit import" of another server, when this one is down.',
} as const
const dangers = {
  key: 'Whoever has both reads what is written to you: delete this message where your client or your server keeps it.',
  mailbox:
    'Whoever has both can get what is written to you, but not read it: delete this message where your client or your server keeps it.',
} as const

export function keyCommands({ keyOf, explainer, exportKey }: KeyPorts): Command[] {
  return userCommands(family, {
    async 'key export'(user, _, { passphrase = null }) {
      const { what, armored, made } = await exportKey(user, passphrase)
      const head = [uses[what], ...(made === null ? [] : [`Its passphrase, shown this once: ${made}`])]
      return answerWithFile(titles[what], head, armored, dangers[what])
    },
    async key(user, [name]) {
      if (name !== undefined) return explained(explainer, name)
      return `The fingerprint of your key is ${(await keyOf(user)).slice(2).toUpperCase()}.`
    },
  })
}
