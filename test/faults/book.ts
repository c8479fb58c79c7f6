// What was said, accepted, shown and given up, and what of it must never be.
import { createHash } from 'node:crypto'

export interface Book {
  /** A user is about to write. */
  write(from: string, to: string): Written
  /** The plugin took the message of that name, so it must arrive or be given up aloud. */
  accepted(id: string): void
  /** Its sender was told at once that it was not taken. */
  refused(id: string, code: string): void
  /** Its sender was told later that it does not arrive. */
  failed(id: string, code: string): void
  shown(user: string, contact: string, body: string): void
  /** How many messages of a user his server took, and how many of them it still sends: known where no single one is. */
  onDisk(user: string, counts: { readonly accepted: number; readonly waiting: number }): void
  /** Something that must not be, in words. */
  wrong(what: string): void
  readonly summary: Summary
  readonly wrongs: readonly string[]
  /** The text in every message of this run: whoever finds it on the wire has read one. */
  readonly marker: string
  /** Names of messages that were accepted and neither shown nor given up. */
  missing(): string[]
}

export interface Written {
  readonly id: string
  /** Begins with the name. Each tenth one is as long as several cells. */
  readonly body: string
}

export interface Summary {
  /** Written by users. */
  readonly messages: number
  readonly accepted: number
  readonly shown: number
  /** Not taken, and the sender knows. */
  readonly refused: number
  /** Given up, and the sender knows. */
  readonly failed: number
  /** Of these, shown all the same: allowed where the error says that nobody acknowledged. */
  readonly arrivedAllTheSame: number
  /** Never answered: the plugin ended before the message was on its disk. */
  readonly unanswered: number
  /** Accepted, not shown, and the sender does not know. */
  readonly lost: number
  /** Shown more than once. */
  readonly duplicated: number
  /** Shown behind a later one of the same conversation. */
  readonly reordered: number
  /** How often a sender was told that his messages wait. */
  readonly toldOfWait: number
}

interface Entry {
  readonly conversation: string
  readonly body: string
  readonly number: number
  accepted: boolean
  refused: boolean
  failed: string | null
  shown: number
}

const waitNotice = '(P3DO) Your message is waiting'

export function createBook(seed: number): Book {
  const marker = `fault-run-${String(seed)}`
  const entries = new Map<string, Entry>()
  const newest = new Map<string, number>()
  const wrongs: string[] = []
  let [reordered, toldOfWait] = [0, 0]
  const disk = { accepted: 0, lost: 0 }
  // Only of what nobody acknowledged nobody knows whether it arrived.
  const ensureTrue = ({ failed, shown }: Entry): void => {
    if (shown > 0 && failed !== null && failed !== 'not-acknowledged' && failed !== 'route-unreachable')
      wrongs.push('A message was shown whose sender was told that its recipient did not take it.')
  }
  const find = (id: string): Entry | undefined => entries.get(id)
  const count = (fits: (entry: Entry) => boolean) => [...entries.values()].filter(fits).length
  const missing = () => [...entries].filter(([, entry]) => isLost(entry)).map(([id]) => id)
  return {
    marker,
    wrongs,
    missing,
    write(from, to) {
      const number = entries.size
      const id = `${marker} message ${String(number)}`
      const body = number % 10 === 9 ? `${id}\n${longText(id)}` : id
      const unanswered = { accepted: false, refused: false, failed: null, shown: 0 }
      entries.set(id, { ...unanswered, number, conversation: `${from} ${to}`, body })
      return { id, body }
    },
    accepted(id) {
      const entry = find(id)
      if (entry) entry.accepted = true
    },
    refused(id, code) {
      const entry = find(id)
      if (entry) entry.refused = true
      if (code === 'internal') wrongs.push('A message was refused for an internal error.')
    },
    failed(id, code) {
      const entry = find(id)
      if (!entry) wrongs.push('A sender heard of a message that he never wrote.')
      else entry.failed = code
      if (entry) ensureTrue(entry)
    },
    shown(user, contact, body) {
      if (body.startsWith(waitNotice)) {
        toldOfWait++
        return
      }
      const entry = find(body.split('\n')[0] ?? '')
      if (entry?.conversation !== `${contact} ${user}`) {
        wrongs.push('A message was shown that nobody wrote, or to somebody else.')
        return
      }
      if (entry.body !== body) wrongs.push('A message was shown that is not as it was written.')
      if (entry.refused) wrongs.push('A message was shown whose sender was told that it was not taken.')
      // Whoever took it, did.
      entry.accepted = true
      entry.shown++
      ensureTrue(entry)
      if (entry.shown > 1) return
      if (entry.number < (newest.get(entry.conversation) ?? -1)) reordered++
      else newest.set(entry.conversation, entry.number)
    },
    onDisk(user, { accepted, waiting }) {
      const arrived = [...entries.values()].filter(
        ({ conversation, shown, failed }) =>
          conversation.startsWith(`${user} `) && (shown > 0 || failed !== null),
      ).length
      disk.accepted += accepted
      disk.lost += Math.max(0, accepted - waiting - arrived)
      if (arrived > accepted) wrongs.push('More messages were shown than accepted.')
    },
    wrong: what => void wrongs.push(what),
    get summary() {
      return {
        messages: entries.size,
        accepted: Math.max(
          disk.accepted,
          count(({ accepted }) => accepted),
        ),
        shown: count(({ shown }) => shown > 0),
        refused: count(({ refused }) => refused),
        failed: count(({ failed }) => failed !== null),
        arrivedAllTheSame: count(({ failed, shown }) => failed !== null && shown > 0),
        unanswered: count(
          entry => !entry.accepted && !entry.refused && entry.failed === null && entry.shown === 0,
        ),
        lost: missing().length + disk.lost,
        duplicated: count(({ shown }) => shown > 1),
        reordered,
        toldOfWait,
      }
    },
  }
}

// Like nothing else, so that nothing makes it shorter on its way.
function longText(id: string): string {
  const words = Array.from({ length: 64 }, (_, at) => createHash('sha256').update(`${id} ${String(at)}`))
  return words.map(word => word.digest('hex')).join(' ')
}

function isLost({ accepted, shown, failed }: Entry): boolean {
  return accepted && shown === 0 && failed === null
}
