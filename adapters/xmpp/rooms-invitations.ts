// Invitations of the plugin into rooms, by the room (XEP-0045 s7.8.2) or directly (XEP-0249).
import type { Element } from 'ltx'
import { parseUserAddress } from '../../plugin/addresses.js'
import { orNull } from '../../plugin/errors.js'
import type { ContextAddress, RoomInvitation, RoomLink, UserAddress } from '../../plugin/ports.js'
import { splitJid } from './jid.js'
import { addressee, localSender, speakerLocalpart } from './parties.js'
import { mucUser, splitAddress } from './rooms-stanzas.js'
import type { RoomPorts } from './rooms-stay.js'
import { attribute } from './xml.js'

const directInvitation = 'jabber:x:conference'

export interface InvitationPlaces {
  readonly roomService: string
  readonly hostDomain: string
}

/** Whether somebody invites the plugin or its speaker, whoever he is; contacts may be invited, too. */
export function isInvitation(stanza: Element): boolean {
  const isOurs =
    addressee(stanza) === 'plugin' || splitJid(attribute(stanza, 'to') ?? '').local === speakerLocalpart
  if (stanza.name !== 'message' || !isOurs || attribute(stanza, 'type') === 'error') return false
  return inviteOf(stanza) !== undefined || stanza.getChild('x', directInvitation) !== undefined
}

/** Returns what sets who takes them; until then, and unless they are of a user of this host into a room of it, they are counted. */
export function takeInvitations(
  { link, counters }: RoomPorts,
  places: InvitationPlaces,
): RoomLink['onInvited'] {
  let take: ((invitation: RoomInvitation) => void) | null = null
  link.onStanza(stanza => {
    if (!isInvitation(stanza)) return
    const invitation = parseInvitation(stanza, places)
    if (invitation && take) take(invitation)
    else counters.count('room-invitation-refused')
  })
  return handler => {
    take = handler
  }
}

function parseInvitation(stanza: Element, places: InvitationPlaces): RoomInvitation | null {
  const invite = inviteOf(stanza)
  // The host's own room service vouches for whom it names, and the host for its users.
  const [room, inviter] = invite
    ? [attribute(stanza, 'from'), userOf(attribute(invite, 'from'), places)]
    : [directRoom(stanza), localSender(stanza, places.hostDomain)]
  const address = roomOf(room, places)
  return address !== null && inviter !== null ? { room: address, user: inviter } : null
}

function inviteOf(stanza: Element): Element | undefined {
  return stanza.getChild('x', mucUser)?.getChild('invite', mucUser)
}

function directRoom(stanza: Element): string | undefined {
  const x = stanza.getChild('x', directInvitation)
  return x && attribute(x, 'jid')
}

function roomOf(text: string | undefined, { roomService }: InvitationPlaces): ContextAddress | null {
  const address = parsed(text)
  return address !== null && splitJid(address).domain === roomService
    ? (address as string as ContextAddress)
    : null
}

function userOf(text: string | undefined, { hostDomain }: InvitationPlaces): UserAddress | null {
  const address = parsed(text === undefined ? undefined : splitAddress(text).bare)
  return address !== null && splitJid(address).domain === hostDomain ? address : null
}

function parsed(text: string | undefined): UserAddress | null {
  return text === undefined ? null : orNull(() => parseUserAddress(text))
}
