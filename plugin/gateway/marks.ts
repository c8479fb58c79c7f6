// What clients tell each other of messages: receipts and markers, small and without a text (PROTO s6.4).
import { isId, namedIn, type Delivery, type HandOver, type Mail } from '../delivery/index.js'
import { PluginError } from '../errors.js'
import type { LocalUsers } from '../identity/index.js'
import type { Directory } from '../pki/index.js'
import type { Counters, Mark, MarkKind, UserAddress, UserLink } from '../ports.js'
import type { Sealer } from '../sealer.js'
import type { Transparent } from '../transparent/index.js'
import type { Facing, Guests } from './guests.js'
import { unveilId } from './veiled-ids.js'

export interface MarkOptions {
  readonly users: Pick<UserLink, 'mark'>
  readonly locals: Pick<LocalUsers, 'find'>
  readonly guests: Pick<Guests, 'listener' | 'shownFor'>
  readonly sealer: Sealer
  readonly transparent: Pick<Transparent, 'isRouted'>
  readonly directory: Directory
  readonly delivery: Pick<Delivery, 'send'>
  readonly counters: Counters
}

const kinds: readonly MarkKind[] = ['receipt', 'received', 'displayed', 'acknowledged']

/** The payload of a mark: which kinds, and what the message is called. */
function encodeMark({ kinds: told, id }: Pick<Mark, 'kinds' | 'id'>): Buffer {
  const flags = kinds.reduce((sum, kind, bit) => sum | (told.includes(kind) ? 1 << bit : 0), 0)
  return Buffer.concat([Buffer.of(flags), Buffer.from(id, 'latin1')])
}

/** @throws PluginError `bad-format` */
function parseMark(octets: Buffer): Pick<Mark, 'kinds' | 'id'> {
  const flags = octets[0] ?? 0
  const id = octets.subarray(1).toString('latin1')
  if (flags === 0 || flags >= 1 << kinds.length || !isId(id))
    throw new PluginError('bad-format', 'A mark is not in the one accepted form.')
  return { kinds: kinds.filter((_, bit) => (flags & (1 << bit)) !== 0), id }
}

/** Sends a mark on. Never throws: a client does not know what to do with an error about it. */
export async function sendMark(
  { locals, guests, directory, delivery, counters }: MarkOptions,
  mark: Mark,
): Promise<void> {
  try {
    const id = namedIn(mark.id)
    if (id === null) throw new PluginError('bad-format', 'No message was shown under this name.')
    const sender = guests.shownFor(mark)
    if (sender === null) throw new PluginError('bad-format', 'Nobody knows for whom that message was shown.')
    // Whoever was never written to has nothing to tell of, and gets no key for it.
    if (sender === (mark.as ?? mark.user) && !(await locals.find(sender)))
      throw new PluginError('recipient-unknown', 'The user has no key.')
    await directory.user(mark.contact)
    const payload = encodeMark({ ...mark, id })
    await delivery.send({ sender, recipient: mark.contact, kind: 'mark', payload, id: null })
    counters.count('marks sent')
  } catch (error) {
    if (!(error instanceof PluginError)) throw error
    counters.count('marks not sent')
  }
}

/** Opens a mark, to be told to a user's client then. @throws PluginError when nothing of it may be told */
export async function openMark(options: MarkOptions, mail: Mail): Promise<HandOver> {
  const { users, guests, transparent } = options
  const { whose } = await guests.listener(mail.recipient)
  // No signature of the sender's own: his server vouches for what his client said to it.
  const told = parseMark(mail.payload)
  const id = named(options, whose, mail.sender, told.id)
  const mark: Mark = { ...whose, contact: mail.sender, ...told, id }
  return async () => {
    const isRouted = !mark.as && (await transparent.isRouted(mark.user, mark.contact))
    await users.mark({ ...mark, ...(isRouted && { transparent: true }) })
  }
}

// What the user's own client called the message.
function named({ sealer }: MarkOptions, { as }: Facing, contact: UserAddress, id: string): string {
  const known = as ? unveilId(sealer, { as, contact }, id) : id
  if (known === null) throw new PluginError('bad-format', 'A mark names no message of the pseudonym.')
  return known
}
