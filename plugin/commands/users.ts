// What an admin does about users of this server.
import { parseUserAddress } from '../addresses.js'
import { PluginError } from '../errors.js'
import type { UserAddress } from '../ports.js'
import { adminCommands, type Command, type Family } from './command.js'

export const userFamily = {
  word: 'users',
  help: 'users of this server and their keys',
  commands: {
    revoke: {
      usage: '<address>',
      help: 'takes back the certification of a key, for example because others have it; its user can get another one',
    },
  },
} as const satisfies Family

export interface UserAdminPorts {
  /** `false` where there is no such user. */
  revokeUser(user: UserAddress): Promise<boolean>
}

export function userAdminCommands({ revokeUser }: UserAdminPorts): Command[] {
  return adminCommands(userFamily, {
    async revoke(_, [address = '']) {
      const user = parseUserAddress(address)
      if (!(await revokeUser(user)))
        throw new PluginError('recipient-unknown', 'This is no user of this server with a key.')
      return `The key of ${user} is not certified any more, and everybody is told. With "custody hosted" the user gets a new one.`
    },
  })
}
