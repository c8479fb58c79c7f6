// What a user asks about his own key.
import type { Fingerprint, UserAddress } from '../ports.js'
import { userCommands, type Command, type Family } from './command.js'

const family = {
  word: 'key',
  help: 'your key',
  commands: {
    key: { usage: '', help: 'the fingerprint of your key, which is made at your first message' },
  },
} as const satisfies Family

/** @param keyOf the fingerprint of a user's key, which is made where there is none yet */
export function keyCommands(keyOf: (user: UserAddress) => Promise<Fingerprint>): Command[] {
  return userCommands(family, {
    key: async user => `The fingerprint of your key is ${(await keyOf(user)).slice(2).toUpperCase()}.`,
  })
}
