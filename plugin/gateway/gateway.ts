// Between a user's chat messages and mail that is encrypted end to end (PROTO s6).
import type { CommandTable } from '../commands/index.js'
import type { Delivery, HandOver, Mail, TellWaiting } from '../delivery/index.js'
import { PluginError } from '../errors.js'
import type { LocalUsers, People, Pseudonyms } from '../identity/index.js'
import { encodeSecretKey, type Certificate, type UserKey } from '../openpgp/index.js'
import type { Directory } from '../pki/index.js'
import type {
  ChatMessage,
  Clock,
  Counters,
  Domain,
  Random,
  ShownKey,
  UserAddress,
  UserLink,
} from '../ports.js'
import type { Sealer } from '../sealer.js'
import type { Transparent } from '../transparent/index.js'
import { createNamedTurns } from '../turns.js'
import type { Visiting, Visits } from '../visits/index.js'
import type { Work } from '../work.js'
import type { Correspondents } from './correspondents.js'
import { createGuests, type Guests, type Speaker } from './guests.js'
import { openMail } from './incoming.js'
import { startKeyAlarms } from './key-alarms.js'
import { openMark, sendMark } from './marks.js'
import { send } from './outgoing.js'
import { encodeSigncrypt } from './signcrypt.js'
import { createTellWaiting } from './wait-words.js'

export interface GatewayOptions {
  readonly domain: Domain
  readonly users: UserLink
  /** Users who are told when a server shows another key. */
  readonly admins: readonly UserAddress[]
  readonly ensureSameAccount: People['ensureSameAccount']
  readonly locals: LocalUsers
  readonly pseudonyms: Pick<Pseudonyms, 'ownerOf' | 'speaker'>
  readonly sealer: Sealer
  /** The key under which the plugin itself talks to clients that hold their user's key. */
  readonly ownKey: () => Promise<UserKey>
  readonly directory: Directory
  readonly delivery: Pick<Delivery, 'send'>
  readonly correspondents: Correspondents
  readonly transparent: Pick<Transparent, 'isRouted'>
  /** Users of other servers who use accounts of this one. */
  readonly visits: Pick<Visits, 'byAccount' | 'byUser' | 'sender'>
  readonly visiting: Pick<Visiting, 'takeMessage'>
  readonly commands: Pick<CommandTable, 'chat' | 'desk'>
  readonly work: Work
  readonly clock: Clock
  readonly random: Random
  readonly counters: Counters
}

export interface Gateway {
  /** Opens mail whose sender's server vouched for it, to be shown then. @throws PluginError when nothing may be shown */
  open(mail: Mail): Promise<HandOver>
  /** Tells a user that a message of his waits. @throws PluginError `host-unreachable` */
  readonly tellWaiting: TellWaiting
  /** See `Guests`. */
  readonly facing: Guests['facing']
  /** Says something to a user that only the holder of that key can read. */
  tellHolder(user: UserAddress, key: Certificate, text: string): Promise<void>
}

const greeting = 'This is P3DO. Write "help" to see what it can do.'

/** Begins to take what users say. */
export function startGateway(given: GatewayOptions): Gateway {
  const { users, locals, commands, directory, correspondents } = given
  const guests = createGuests(given)
  const options = { ...given, guests }
  startKeyAlarms({ ...options, suspensions: directory.suspensions })
  const answer = async (message: ChatMessage): Promise<void> => {
    await given.ensureSameAccount(message.user)
    if (message.contact === null) await locals.enrolled(message.user)
    const { user, as } = message
    if (message.contact === null && message.sealed) return answerSealed(options, user, message.sealed)
    const isCommand =
      !message.sealed && (message.contact === null || (!message.transparent && message.body.startsWith('/')))
    if (isCommand) await (as ? guests.speaker(user, as) : locals.enrolled(user))
    const text = isCommand ? await commands.chat(user, message.body, as) : null
    if (text === null && message.contact !== null)
      await sendNoted(options, await guests.speaker(user, as), { ...message, contact: message.contact })
    else await users.deliver({ user, ...(as && { as }), contact: message.contact, body: text ?? greeting })
  }
  // In a talk one after the other: a message that takes longer to encrypt keeps its place before the next one.
  const inTurn = createNamedTurns()
  users.receive(message =>
    message.contact === null
      ? answer(message)
      : inTurn(`${message.user} ${message.as ?? ''} ${message.contact}`, () => answer(message)),
  )
  users.receiveMarks(mark => sendMark(options, mark))
  users.showKeys(contact => shownKey(options, contact))
  users.offerCommands({
    ...commands.desk,
    async run(user, command, filled) {
      // As with the first word in chat.
      await given.ensureSameAccount(user)
      await locals.enrolled(user)
      return commands.desk.run(user, command, filled)
    },
  })
  return {
    async open(mail) {
      const account = guests.facing(mail.recipient)?.user
      if (account) await given.ensureSameAccount(account)
      if (mail.kind === 'mark') return openMark(options, mail)
      const handOver = await openMail(options, mail)
      return async () => {
        await handOver()
        const whose = guests.facing(mail.recipient)
        if (whose) correspondents.note(whose.as ?? whose.user, mail.sender)
      }
    },
    tellWaiting: createTellWaiting(options),
    facing: guests.facing,
    tellHolder: (user, key, text) => tellHolder(options, user, key, text),
  }
}

// The one thing that the plugin itself takes encrypted is what it asked to be signed.
async function answerSealed(
  { users, visiting }: GatewayOptions,
  user: UserAddress,
  sealed: Buffer,
): Promise<void> {
  const body = await visiting.takeMessage(user, sealed)
  if (body === null)
    throw new PluginError(
      'custody-wrong',
      'P3DO takes commands without encryption: switch OpenPGP off for this contact. Nothing is to be signed now; "visit begin" asks for that.',
    )
  await users.deliver({ user, contact: null, body })
}

// Whoever is refused because of a key is told when that is over.
async function sendNoted(
  options: GatewayOptions,
  sender: Speaker,
  message: ChatMessage & { readonly contact: UserAddress },
): Promise<void> {
  const note = (): void => {
    options.correspondents.note(message.as ?? message.user, message.contact)
  }
  try {
    await send(options, sender, message)
    note()
  } catch (error) {
    if (error instanceof PluginError && error.code === 'peer-suspended') note()
    throw error
  }
}

async function shownKey(
  { directory, ownKey }: GatewayOptions,
  contact: UserAddress | null,
): Promise<ShownKey> {
  const certificate = contact === null ? (await ownKey()).certificate : await directory.user(contact)
  // Clients fetch a key again when it is newer than the one that they know.
  const newest = certificate.userIds.flatMap(({ signatures }) => signatures.map(({ created }) => created))
  return {
    fingerprint: certificate.fingerprint,
    certificate: certificate.octets,
    changed: Math.max(0, ...newest) * 1000,
  }
}

async function tellHolder(
  { users, ownKey, work, clock, random }: GatewayOptions,
  user: UserAddress,
  key: Certificate,
  text: string,
): Promise<void> {
  const now = clock.now()
  const content = encodeSigncrypt(user, text, now, random)
  const sealed = await work.run('sealMessage', content, encodeSecretKey(await ownKey()), key.octets, now)
  await users.deliver({
    user,
    contact: null,
    body: 'This message is for the key in your client.',
    sealed,
  })
}
