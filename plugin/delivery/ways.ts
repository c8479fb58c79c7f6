// Where a message goes: to its recipient's home, or while that is away to his mailbox, wherever he is (PROTO s12.5).
import { homeOf } from '../addresses.js'
import { epochOf, type Hop } from '../mor/index.js'
import type { Directory } from '../pki/index.js'
import type { Clock, Domain } from '../ports.js'
import { contactTag, type Mailbox } from './contact-tag.js'
import { endingAt, hopsOf } from './hops.js'
import type { OutgoingMessage } from './outgoing-message.js'
import type { Absences } from './absences.js'
import type { RouteChoice } from './route-choice.js'

/** A route, and for whom its last layer is: that server, or a mailbox. */
export interface Way {
  readonly route: readonly Domain[]
  readonly mailbox: Mailbox | null
}

type Addressed = Pick<OutgoingMessage, 'sender' | 'recipient' | 'mailbox'>

export interface Ways {
  /** @throws PluginError `route-unreachable`, `peer-suspended` */
  choose(message: Addressed): Promise<Way>
  /** The servers of a way, with their keys of now. @throws PluginError `route-unreachable` */
  hops(way: Way): Promise<readonly Hop[]>
  /** Takes another random route next time, since this one did not bring something there or back. */
  avoid(message: Addressed): void
}

export interface WayOptions {
  readonly routes: RouteChoice
  readonly directory: Pick<Directory, 'server' | 'mailbox'>
  readonly absences: Pick<Absences, 'isAway' | 'isBack'>
  readonly clock: Clock
}

export function createWays(options: WayOptions): Ways {
  const { routes, clock } = options
  return {
    async choose(message) {
      const { sender, recipient } = message
      const home = homeOf(recipient)
      const mailbox = await mailboxFor(options, message)
      if (mailbox) return { route: await routes.around(sender, home), mailbox }
      return { route: await routes.choose(sender, home), mailbox: null }
    },
    async hops({ route, mailbox }) {
      const hops = await hopsOf(options, route)
      return mailbox ? endingAt(hops, mailbox.key, contactTag(mailbox, epochOf(clock.now()))) : hops
    },
    avoid({ sender, recipient }) {
      routes.avoid(sender, homeOf(recipient))
    },
  }
}

// What was sent to a mailbox may have been shown where its owner is. That server tells his home when it hears that again; until
// then his home would show it once more. A new mailbox key says that it was told.
async function mailboxFor(
  { absences, directory }: WayOptions,
  { recipient, mailbox: last }: Addressed,
): Promise<Mailbox | null> {
  const home = homeOf(recipient)
  const isAway = absences.isAway(home)
  if (!isAway && (last === undefined || absences.isBack(home))) return null
  const mailbox = await directory.mailbox(recipient)
  return mailbox && (isAway || nameOf(mailbox) === last) ? mailbox : null
}

/** How a message on its way remembers the mailbox to which it was sent last. */
export function nameOf({ key }: Mailbox): string {
  return key.toString('base64')
}
