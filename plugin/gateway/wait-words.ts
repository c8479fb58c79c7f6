// What a sender reads when his message waits: in the talk that it belongs to, where the plugin may speak there.
import type { TellWaiting, WaitReason } from '../delivery/index.js'
import type { UserAddress, UserLink } from '../ports.js'
import type { Transparent } from '../transparent/index.js'
import type { Guests } from './guests.js'

const reasons: Readonly<Record<WaitReason, string>> = {
  queued: 'this server has more to send than its clock lets out, and its turn has not come yet',
  'no-route': "no way leads to your contact's server now",
  'home-away':
    "no way leads to your contact's server now; it is looked for at other servers, too, where your contact may be meanwhile",
  'not-acknowledged': "your contact's server has not acknowledged it yet",
}

export interface WaitWordsOptions {
  readonly users: Pick<UserLink, 'deliver'>
  readonly transparent: Pick<Transparent, 'isRouted'>
  readonly guests: Pick<Guests, 'facing'>
}

/**
 * Says it from the address of the plugin that stands for the contact, and says that it is not the contact who speaks. Whoever
 * writes to the contact's own address is told by the plugin itself: what comes from there, clients show and archives
 * keep as the contact's words, and it is nothing but what the contact signed.
 */
export function createTellWaiting({ users, transparent, guests }: WaitWordsOptions): TellWaiting {
  return async ({ sender, recipient }, why, id) => {
    const whose = guests.facing(sender)
    if (!whose) return
    const isOwn = !whose.as && (await transparent.isRouted(whose.user, recipient))
    const [contact, which] = isOwn ? [null, messageTo(recipient)] : [recipient, 'message']
    await users.deliver({
      ...whose,
      contact,
      id,
      once: id,
      body: `(P3DO) Your ${which} is waiting: ${reasons[why]}. It is sent until it arrives, with those behind it; do not send it again. If it can not arrive in the end, you are told.`,
    })
  }
}

function messageTo(recipient: UserAddress): string {
  return `message to ${recipient}`
}
