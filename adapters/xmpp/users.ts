// Chat messages between the host's users and their contacts (RFC 6121 s5, XEP-0106, XEP-0373 s5).
import type { Element } from 'ltx'
import { PluginError } from '../../plugin/errors.js'
import type { ChatMessage, Counters, Log, Mark, Random, UserAddress, UserLink } from '../../plugin/ports.js'
import { answerKeyQuestions } from './contact-keys.js'
import { splitJid } from './jid.js'
import type { Link } from './link.js'
import { parseAsks, parseMarks } from './marks.js'
import { holdsSealed, parseSealed } from './ox.js'
import { addressee, contactOf, isForBot, localSender } from './parties.js'
import { errorAnswer, errorOf, isBug } from './stanza-errors.js'
import { createUsersOutput } from './users-output.js'
import { attribute, childText, streamNamespace } from './xml.js'

const mostCharacters = 65_536
const mostRunning = 256

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

function parseMessage(stanza: Element, user: UserAddress | null, body: string): ChatMessage {
  if (!user) throw new PluginError('not-local', 'Only users of this server can write through it.')
  const contact = addressee(stanza)
  if (!contact) {
    throw new PluginError(
      'recipient-unknown',
      'No such contact: write to an address like bob\\40b.example here.',
    )
  }
  if (body.length > mostCharacters) {
    throw new PluginError('message-too-long', 'The message is too long: write at most 65,536 characters.')
  }
  const [id, sealed, asks] = [attribute(stanza, 'id'), parseSealed(stanza), parseAsks(stanza)]
  return {
    user,
    contact: contact === 'plugin' ? null : contact,
    body,
    ...(id !== undefined && { id }),
    ...(sealed && { sealed }),
    ...(asks.length > 0 && { asks }),
  }
}

// What users say at once.
function createBound(): (run: () => Promise<void>) => Promise<void> {
  let running = 0
  return async run => {
    if (running >= mostRunning)
      throw new PluginError('too-many-requests', 'Too much is going on; try again later.')
    running++
    try {
      await run()
    } finally {
      running--
    }
  }
}

/** For the composition root; listens from now on. */
export function createUsers(options: UsersOptions): UserLink {
  const { link, log, counters } = options
  let handler: ((message: ChatMessage) => Promise<void>) | null = null
  let markHandler: (mark: Mark) => Promise<void> = () => Promise.resolve()
  const bounded = createBound()

  function bounce(stanza: Element, error: unknown): void {
    counters.count('user-message-refused')
    if (isBug(error)) log.error({ err: error }, 'The handler of user messages failed.')
    link.send(errorAnswer(stanza, errorOf(error)))
  }

  async function hand(message: ChatMessage): Promise<void> {
    const taker = handler
    if (!taker) throw new PluginError('queue-full', 'The plugin is not ready yet; try again in a moment.')
    await bounded(() => taker(message))
  }

  // Nobody waits for an answer to a mark, and no client knows what to do with an error about one.
  async function takeMarks(stanza: Element, user: UserAddress, contact: UserAddress): Promise<void> {
    try {
      for (const mark of parseMarks(stanza)) await bounded(() => markHandler({ user, contact, ...mark }))
      counters.count('user-marks-taken')
    } catch (error) {
      counters.count('user-marks-dropped')
      if (isBug(error)) log.error({ err: error }, 'The handler of marks failed.')
    }
  }

  async function take(stanza: Element, user: UserAddress | null, body: string): Promise<void> {
    try {
      await hand(parseMessage(stanza, user, body))
      counters.count('user-message-taken')
    } catch (error) {
      bounce(stanza, error)
    }
  }

  function heard(stanza: Element): void {
    const user = localSender(stanza, options.hostDomain)
    // What servers and rooms tell the component's bots is not for here, and must not be answered.
    if (stanza.name !== 'message' || (isForBot(stanza) && !user)) return
    const isServer = splitJid(attribute(stanza, 'from') ?? '').local === null
    const isAnswerable = isChat(stanza) && !isServer && (user ?? addressee(stanza)) !== null
    const body = isAnswerable ? bodyOf(stanza) : null
    const contact = addressee(stanza)
    if (body !== null) void take(stanza, user, body)
    else if (isAnswerable && user && contact && contact !== 'plugin' && parseMarks(stanza).length > 0)
      void takeMarks(stanza, user, contact)
    else counters.count(isAnswerable ? 'user-message-without-body' : 'user-message-dropped')
  }

  link.onStanza(heard)
  return {
    ...createUsersOutput(options),
    contactOf,
    showKeys: answerKeyQuestions(options),
    receive: newHandler => {
      handler = newHandler
    },
    receiveMarks: newHandler => {
      markHandler = newHandler
    },
  }
}
