// Chat messages between the host's users and their contacts (RFC 6121 s5, XEP-0106, XEP-0373 s5).
import type { Element } from 'ltx'
import { PluginError } from '../../plugin/errors.js'
import type { ChatMessage, Counters, Log, Random, UserAddress, UserLink } from '../../plugin/ports.js'
import { answerKeyQuestions } from './contact-keys.js'
import { parseCorrection } from './correction.js'
import { splitJid } from './jid.js'
import type { Link } from './link.js'
import { parseAsks, parseMarks } from './marks.js'
import { ensureCarried, holdsSealed, parseSealed } from './ox.js'
import { addressee, contactOf, isForBot, localSender, pseudonymFor } from './parties.js'
import { isInvitation } from './rooms-invitations.js'
import { errorAnswer, errorOf, isBug } from './stanza-errors.js'
import { isTyping, takeFromModule, type Routed } from './routed.js'
import { createIntake } from './users-intake.js'
import { createUsersOutput } from './users-output.js'
import { attribute, childText, streamNamespace } from './xml.js'

const mostCharacters = 65_536

export interface UsersOptions {
  readonly link: Link
  /** Whose users are local. */
  readonly hostDomain: string
  readonly random: Random
  readonly log: Log
  readonly counters: Counters
}

// RFC 6121 s5.2.2: only these two are for people to read; errors among the others are never answered.
function isChat(stanza: Element): boolean {
  return ['chat', 'normal'].includes(attribute(stanza, 'type') ?? 'normal')
}

// What is encrypted needs no words beside it; without either there is nothing to carry.
function bodyOf(stanza: Element): string | null {
  const body = childText(stanza, 'body', streamNamespace) ?? ''
  return body !== '' || holdsSealed(stanza) ? body : null
}

/** Who writes to whom, and whether to that one's own address. */
interface Parties {
  readonly user: UserAddress | null
  readonly contact: UserAddress | 'plugin' | null
  readonly as?: UserAddress | null
  readonly transparent?: boolean
}

function parseMessage(
  stanza: Element,
  { user, contact, as, transparent }: Parties,
  body: string,
): ChatMessage {
  if (!user) throw new PluginError('not-local', 'Only users of this server can write through it.')
  if (!contact) {
    throw new PluginError(
      'recipient-unknown',
      'No such contact: write to an address like bob\\40b.example here.',
    )
  }
  if (body.length > mostCharacters) {
    throw new PluginError('message-too-long', 'The message is too long: write at most 65,536 characters.')
  }
  ensureCarried(stanza)
  const [id, sealed, asks] = [attribute(stanza, 'id'), parseSealed(stanza), parseAsks(stanza)]
  const replaces = parseCorrection(stanza)
  return {
    user,
    contact: contact === 'plugin' ? null : contact,
    ...(as && { as }),
    body,
    ...(id !== undefined && { id }),
    ...(sealed && { sealed }),
    ...(asks.length > 0 && { asks }),
    ...(replaces !== null && { replaces }),
    ...(transparent && { transparent }),
  }
}

/** For the composition root; listens from now on. */
export function createUsers(options: UsersOptions): Omit<UserLink, 'offerCommands'> {
  const { link, log, counters } = options
  const { hand, takeMarks, ...handlers } = createIntake(options)

  function bounce(stanza: Element, error: unknown): void {
    counters.count('user-message-refused')
    if (isBug(error)) log.error({ err: error }, 'The handler of user messages failed.')
    link.send(errorAnswer(stanza, errorOf(error)))
  }

  async function take(stanza: Element, parties: Parties, body: string): Promise<void> {
    try {
      await hand(parseMessage(stanza, parties, body))
      counters.count('user-message-taken')
    } catch (error) {
      bounce(stanza, error)
    }
  }

  // What the host's module hands over; it answers the user's client when this throws.
  async function takeRouted({ stanza, user, contact }: Routed): Promise<void> {
    const body = bodyOf(stanza)
    if (body !== null) await hand(parseMessage(stanza, { user, contact, transparent: true }, body))
    else if (parseMarks(stanza).length > 0) await takeMarks(stanza, { user, contact })
    else if (!isTyping(stanza)) throw nothingToCarry()
    counters.count(body === null ? 'user-message-without-body' : 'user-message-taken')
  }

  function heard(stanza: Element): void {
    const user = localSender(stanza, options.hostDomain)
    // What servers and rooms tell the component's bots is not for here, and must not be answered.
    if (stanza.name !== 'message' || (isForBot(stanza) && !user) || isInvitation(stanza)) return
    const isServer = splitJid(attribute(stanza, 'from') ?? '').local === null
    const isAnswerable = isChat(stanza) && !isServer && (user ?? addressee(stanza)) !== null
    const body = isAnswerable ? bodyOf(stanza) : null
    const [contact, as] = [addressee(stanza), pseudonymFor(stanza)]
    if (body !== null) void take(stanza, { user, contact, as }, body)
    else if (isAnswerable && user && contact && contact !== 'plugin' && parseMarks(stanza).length > 0)
      void takeMarks(stanza, { user, contact, ...(as && { as }) })
    else counters.count(isAnswerable ? 'user-message-without-body' : 'user-message-dropped')
  }

  link.onStanza(heard)
  takeFromModule(options, takeRouted)
  return {
    ...createUsersOutput(options),
    contactOf,
    showKeys: answerKeyQuestions(options),
    ...handlers,
  }
}

function nothingToCarry(): PluginError {
  return new PluginError(
    'message-empty',
    'Texts, corrections, receipts and markers take the onion; this message has none of them, and was not sent.',
  )
}
