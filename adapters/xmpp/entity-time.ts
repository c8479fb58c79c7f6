// What time it is here, for whoever asks (XEP-0202): admins of peers see with it whose clock is wrong.
import type { Clock } from '../../plugin/ports.js'
import type { Link } from './link.js'
import { xml } from './xml.js'

export const entityTime = 'urn:xmpp:time'

/** For the composition root; answers from now on. */
export function answerTime({ link, clock }: { readonly link: Link; readonly clock: Clock }): void {
  link.handleIq('get', entityTime, 'time', () =>
    xml(
      'time',
      { xmlns: entityTime },
      xml('tzo', {}, 'Z'),
      xml('utc', {}, new Date(clock.now()).toISOString()),
    ),
  )
}
