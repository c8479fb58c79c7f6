// One-time reply keys of what is on its way: by its tag, each acknowledgement finds the message that it is for.
import { tagLength } from '../mor/index.js'
import { generateUnwrappingKey } from '../openpgp/index.js'
import type { Random } from '../ports.js'
import type { Mor } from '../mor/index.js'
import type { ReplyTo } from './parcel.js'

export interface Replies<Subject> {
  /** Makes a reply key for something. */
  expect(subject: Subject, expires: number): ReplyTo
  /** What an acknowledgement with that tag is for; `null` when nobody waits for it any more. */
  find(tag: Buffer): Subject | null
  /** Gives up reply keys; acknowledgements with these tags are nobody's from now on. */
  forget(tags: readonly Buffer[]): void
}

/** Reply keys live in memory only: what is lost with the process is acknowledged anew when it is sent again. */
export function createReplies<Subject>(mor: Pick<Mor, 'expect'>, random: Random): Replies<Subject> {
  const expected = new Map<string, { readonly subject: Subject; readonly cancel: () => void }>()
  const nameOf = (tag: Buffer) => tag.toString('hex')
  return {
    expect(subject, expires) {
      const tag = random.octets(tagLength)
      const key = generateUnwrappingKey()
      expected.set(nameOf(tag), { subject, cancel: mor.expect(tag, key, expires) })
      return { tag, key: key.octets }
    },
    find: tag => expected.get(nameOf(tag))?.subject ?? null,
    forget(tags) {
      for (const tag of tags) {
        expected.get(nameOf(tag))?.cancel()
        expected.delete(nameOf(tag))
      }
    },
  }
}
