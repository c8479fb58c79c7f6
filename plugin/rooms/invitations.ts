// Invitations into rooms, one after the other: who invites the plugin wants to lend the room.
import { PluginError } from '../errors.js'
import type { Clock, Counters, Log, RoomInvitation, UserAddress, UserLink } from '../ports.js'
import { mostInvitations, mostOfInviter } from './bounds.js'

export interface InvitationOptions {
  /** Resolves to what to tell the inviter. @throws PluginError */
  readonly add: (invitation: RoomInvitation) => Promise<string>
  readonly users: Pick<UserLink, 'deliver'>
  readonly clock: Clock
  readonly counters: Counters
  readonly log: Log
}

const minute = 60_000

/** Takes any number of them: what is too much is counted and not answered. */
export function createInvitations(options: InvitationOptions): (invitation: RoomInvitation) => void {
  const { clock, counters } = options
  const waiting: RoomInvitation[] = []
  const lately = new Map<UserAddress, number>()
  let since = clock.now()
  let running = false
  const isTooMuch = ({ user }: RoomInvitation): boolean => {
    if (Math.abs(clock.now() - since) >= minute) {
      lately.clear()
      since = clock.now()
    }
    if (waiting.length >= mostInvitations) return true
    const count = (lately.get(user) ?? 0) + 1
    lately.set(user, count)
    return count > mostOfInviter
  }
  const work = async (): Promise<void> => {
    if (running) return
    running = true
    for (let next = waiting.shift(); next; next = waiting.shift()) await take(options, next)
    running = false
  }
  return invitation => {
    if (isTooMuch(invitation)) {
      counters.count('room invitations dropped')
      return
    }
    waiting.push(invitation)
    void work()
  }
}

async function take(options: InvitationOptions, invitation: RoomInvitation): Promise<void> {
  const { users, log } = options
  try {
    const body = await answerTo(options, invitation)
    await users.deliver({ user: invitation.user, contact: null, body })
  } catch (error) {
    log.error({ err: error }, 'An invitation into a room could not be answered.')
  }
}

async function answerTo({ add, counters }: InvitationOptions, invitation: RoomInvitation): Promise<string> {
  try {
    const words = await add(invitation)
    counters.count('room invitations taken')
    return words
  } catch (error) {
    if (!(error instanceof PluginError)) throw error
    counters.count('room invitations refused')
    return error.message
  }
}
