// The end of all that is kept of a user.
import { PluginError } from '../errors.js'
import type { UserAddress } from '../ports.js'
import { userCommands, type Command, type Family } from './command.js'
import { leftWords } from './pseudonyms.js'

const family = {
  word: 'erase',
  help: 'forgets a user',
  commands: {
    erase: {
      usage: '[address]',
      title: 'Erase me',
      labels: { address: 'Your own address, to confirm' },
      help: 'ends your key and your login certificates, and forgets all that is kept of you; asks first',
      warning:
        'Your key ends for everybody, and with it what is encrypted to it. Your login certificates end. This can not be undone.',
    },
  },
} as const satisfies Family

export interface ErasePorts {
  /** How many of the user's messages are not acknowledged. */
  readonly waitingOf: (user: UserAddress) => Promise<number>
  /** Gives how many contacts of his pseudonyms stay in his contact list until he takes them out. */
  readonly erase: (user: UserAddress) => Promise<number>
}

export function eraseCommands({ waitingOf, erase }: ErasePorts): Command[] {
  return userCommands(family, {
    async erase(user, [address]) {
      if (address?.toLowerCase() !== user)
        return `Your key and your login certificates would end, and all that is kept of you would be forgotten. If you mean it, write: erase ${user}`
      const waiting = await waitingOf(user)
      // Without its sender's key nobody may show a message.
      if (waiting > 0)
        throw new PluginError(
          'command-invalid',
          `${String(waiting)} of your messages are on their way and would be lost. Wait until "delivery" shows none.`,
        )
      const left = await erase(user)
      const words =
        'You are erased: your key is revoked and everybody is told, your login certificates end, and nothing else is kept. Your next word to P3DO would begin anew.'
      return words + leftWords(left)
    },
  })
}
