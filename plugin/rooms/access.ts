// Who may say what becomes of a room: its owners, as the room itself has them at that moment, and the server's admins.
import { PluginError } from '../errors.js'
import type { ContextAddress, RoomLink, RoomOwners, UserAddress } from '../ports.js'

/** The user who asks; `null` is the admin at the command line. */
export type Asker = UserAddress | null

export interface AccessOptions {
  readonly link: Pick<RoomLink, 'owners' | 'speaker'>
  readonly admins: readonly UserAddress[]
}

export function isAdmin({ admins }: AccessOptions, who: Asker): boolean {
  return who === null || admins.includes(who)
}

/**
 * Resolves to the owners of the room, or for an admin also to `null` where the plugin owns it not.
 * @throws PluginError `command-invalid`, the same for whoever is no owner whatever the room is: nobody learns from it which rooms
 * are contexts; `host-unreachable`
 */
export async function ensureMay(
  options: AccessOptions,
  who: Asker,
  room: ContextAddress,
): Promise<RoomOwners | null> {
  const owners = await options.link.owners(room)
  if (isAdmin(options, who) || owners?.people.some(person => person === who)) return owners
  throw refusal(options)
}

/** Says what to do. The address in it is the plugin's own, which everybody may know. */
function refusal({ link }: AccessOptions): PluginError {
  return new PluginError(
    'command-invalid',
    `Only an owner of the room can do that, and only while ${link.speaker} is an owner, too. If it is your room: make ${link.speaker} an owner of it, then write it again ("rooms add" and the room's address to begin).`,
  )
}
