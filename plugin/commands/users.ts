// What an admin does about users of this server.
import { parseUserAddress } from '../addresses.js'
import { PluginError } from '../errors.js'
import { printFingerprint } from '../fingerprint.js'
import type { Fingerprint, UserAddress } from '../ports.js'
import { adminCommands, type Command, type Family } from './command.js'
import { listed } from './listing.js'

export const userFamily = {
  word: 'users',
  help: 'users of this server and their keys',
  commands: {
    list: {
      usage: '',
      title: 'Users: list',
      help: 'users of this server with a key: its fingerprint and who holds it',
    },
    revoke: {
      usage: '<address>',
      title: 'Users: take back the certification of a key',
      warning: 'The key will not be trusted by anybody any more, for good. Its user can get another one.',
      help: 'takes back the certification of a key, for example because others have it; its user can get another one',
    },
  },
} as const satisfies Family

/** A user with a key. */
export interface ListedUser {
  readonly user: string
  readonly fingerprint: Fingerprint
  readonly holder: 'this server' | 'the client'
}

export interface UserAdminPorts {
  /** At most so many. */
  listUsers(most: number): Promise<readonly ListedUser[]>
  /** `false` where there is no such user. */
  revokeUser(user: UserAddress): Promise<boolean>
}

const mostShown = 1000

export function userAdminCommands({ listUsers, revokeUser }: UserAdminPorts): Command[] {
  return adminCommands(userFamily, {
    async list() {
      const users = await listUsers(mostShown)
      const rows = users.map(({ user, fingerprint, holder }) => [user, printFingerprint(fingerprint), holder])
      return listed('No user has a key yet.', ['User', 'Key', 'Held by'], rows)
    },
    async revoke(_, [address = '']) {
      const user = parseUserAddress(address)
      if (!(await revokeUser(user)))
        throw new PluginError('recipient-unknown', 'This is no user of this server with a key.')
      return `The key of ${user} is not certified any more, and everybody is told. With "custody hosted" the user gets a new one.`
    },
  })
}
