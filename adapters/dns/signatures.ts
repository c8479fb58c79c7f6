// Checks the signatures on texts and on all zones above them (RFC 4035 s5.3).
import { Message, Question, SecurityStatus, dnssecLookUp } from '@relaycorp/dnssec'
import type { DnsSecurity } from '../../plugin/ports.js'
import type { TrustAnchor } from './trust-anchors.js'

const words = {
  [SecurityStatus.SECURE]: 'secure',
  [SecurityStatus.INSECURE]: 'insecure',
  [SecurityStatus.BOGUS]: 'bogus',
  [SecurityStatus.INDETERMINATE]: 'indeterminate',
} as const satisfies Record<SecurityStatus, DnsSecurity>

/** `found` gives the octets of the answer for a name and a type; what it lacks does not exist. */
export async function validate(
  found: (name: string, type: string) => Buffer | undefined,
  name: string,
  anchors: readonly TrustAnchor[] | null,
  date: Date,
): Promise<DnsSecurity> {
  const resolver = (question: Question): Promise<Message> => {
    const octets = found(question.name, question.getTypeName())
    const message = octets ? Message.deserialise(octets) : new Message({ rcode: 3 }, [question], [])
    return Promise.resolve(message)
  }
  const options = { dateOrPeriod: date, ...(anchors === null ? {} : { trustAnchors: anchors }) }
  try {
    const { status } = await dnssecLookUp(new Question(`${name}.`, 'TXT', 'IN'), resolver, options)
    return words[status]
  } catch {
    return 'bogus' // the library throws for records that do not fit together or cannot be read
  }
}
