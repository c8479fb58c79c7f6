// What a user asks about a key: his own, or a contact's.
import type { Explainer } from '../pki/index.js'
import type { Fingerprint, UserAddress } from '../ports.js'
import { userCommands, type Command, type Family } from './command.js'
import { explained } from './keys.js'

const family = {
  word: 'key',
  help: 'keys',
  commands: {
    key: {
      usage: '[address-or-domain]',
      help: 'the fingerprint of your key, which is made at your first message; with an address, whether that key is trusted and why',
    },
  },
} as const satisfies Family

export interface KeyPorts {
  /** The fingerprint of a user's key, which is made where there is none yet. */
  readonly keyOf: (user: UserAddress) => Promise<Fingerprint>
  readonly explainer: Explainer
}

export function keyCommands({ keyOf, explainer }: KeyPorts): Command[] {
  return userCommands(family, {
    async key(user, [name]) {
      if (name !== undefined) return explained(explainer, name)
      return `The fingerprint of your key is ${(await keyOf(user)).slice(2).toUpperCase()}.`
    },
  })
}
