// Who holds a user's key, and the end of a key.
import type { UserAddress } from '../ports.js'
import { userCommands, type Command, type Family } from './command.js'

const family = {
  word: 'custody',
  help: 'who holds your key',
  commands: {
    custody: {
      usage: '[client|hosted] [code...]',
      title: 'Who holds my key',
      labels: { 'client|hosted': 'Who shall hold it', code: 'Code that was sent to you' },
      help: 'who holds your key: "custody client" for your own client, one that knows OpenPGP for XMPP (OX); "custody hosted" for this server; "custody" alone says how it is',
    },
    revoke: {
      usage: '[fingerprint...]',
      title: 'Revoke my key for good',
      labels: { fingerprint: 'Fingerprint of your key' },
      help: 'revokes the key that this server holds for you, for good',
    },
  },
} as const satisfies Family

/** What is done; each answers in words. */
export interface CustodyPorts {
  describe(user: UserAddress): Promise<string>
  toClient(user: UserAddress, word: string): Promise<string>
  toHosted(user: UserAddress): Promise<string>
  revoke(user: UserAddress, word: string): Promise<string>
}

export function custodyCommands(custody: CustodyPorts): Command[] {
  return userCommands(family, {
    custody(user, [choice, ...more]) {
      if (choice === undefined) return custody.describe(user)
      // A fingerprint may be written with spaces.
      return choice === 'client' ? custody.toClient(user, more.join('')) : custody.toHosted(user)
    },
    revoke: (user, words) => custody.revoke(user, words.join('')),
  })
}
