// What a sender reads when his message waits, in the talk that it belongs to.
import type { TellWaiting, WaitReason } from '../delivery/index.js'
import type { UserLink } from '../ports.js'

const reasons: Readonly<Record<WaitReason, string>> = {
  queued: 'this server has more to send than its clock lets out, and its turn has not come yet',
  'no-route': "no way leads to your contact's server now",
  'not-acknowledged': "your contact's server has not acknowledged it yet",
}

/** Says it from the contact's address, and says that it is not the contact who speaks. */
export function createTellWaiting({ deliver }: Pick<UserLink, 'deliver'>): TellWaiting {
  return ({ sender: user, recipient: contact }, why, id) =>
    deliver({
      user,
      contact,
      id,
      once: id,
      body: `(P3DO) Your message is waiting: ${reasons[why]}. It is sent until it arrives, with those behind it; do not send it again. If it can not arrive in the end, you are told.`,
    })
}
