// Between a user's chat messages and mail that is encrypted end to end (PROTO s6).
import { domainOf } from '../addresses.js'
import type { CommandTable } from '../commands/index.js'
import type { Delivery, Mail } from '../delivery/index.js'
import { PluginError } from '../errors.js'
import type { HostedUsers } from '../identity/index.js'
import { encodeSecretKey, type UserKey } from '../openpgp/index.js'
import type { Directory } from '../pki/index.js'
import type { ChatMessage, Clock, Domain, Random, UserAddress, UserLink } from '../ports.js'
import type { Work } from '../work.js'
import { encodeSigncrypt, parseSigncrypt } from './signcrypt.js'

export interface GatewayOptions {
  readonly domain: Domain
  readonly users: UserLink
  readonly hosted: HostedUsers
  readonly directory: Directory
  readonly delivery: Delivery
  readonly commands: Pick<CommandTable, 'chat'>
  readonly work: Work
  readonly clock: Clock
  readonly random: Random
}

export interface Gateway {
  /** Takes mail whose sender's server vouched for it, and shows it. @throws PluginError when it does not open */
  accept(mail: Mail): Promise<void>
}

// A peer's new users are fetched within a second of its word; a slow one gets a minute.
const patience = 60_000
const greeting = 'This is P3DO. Write "help" to see what it can do.'

/** Begins to take what users say. */
export function startGateway(options: GatewayOptions): Gateway {
  const { users, hosted, commands } = options
  const answer = async (message: ChatMessage): Promise<void> => {
    const { key } = await hosted.enrolled(message.user)
    const text =
      message.contact === null || message.body.startsWith('/')
        ? await commands.chat(message.user, message.body)
        : null
    if (text === null && message.contact !== null)
      await send(options, key, { ...message, contact: message.contact })
    else await users.deliver({ user: message.user, contact: message.contact, body: text ?? greeting })
  }
  users.receive(answer)
  return { accept: mail => show(options, mail) }
}

async function send(
  { directory, delivery, work, clock, random }: GatewayOptions,
  key: UserKey,
  { user, contact, body, id }: ChatMessage & { contact: UserAddress },
): Promise<void> {
  if (body.trim() === '') throw new PluginError('message-empty', 'The message is empty; nothing was sent.')
  const recipient = await directory.user(contact)
  const now = clock.now()
  const content = encodeSigncrypt(contact, body, now, random)
  const payload = await work.run('sealMessage', content, encodeSecretKey(key), recipient.octets, now)
  await delivery.send({ sender: user, recipient: contact, payload, id: id ?? null })
}

async function show(
  { domain, users, hosted, directory, work, clock }: GatewayOptions,
  mail: Mail,
): Promise<void> {
  if (domainOf(mail.recipient) !== domain)
    throw new PluginError('not-local', 'The recipient is not a user of this server.')
  const recipient = await hosted.find(mail.recipient)
  if (!recipient) throw new PluginError('recipient-unknown', 'The recipient has no key here.')
  const sender = await directory.userSoon(mail.sender, patience).catch(asUnknownSender)
  const content = await work.run(
    'openMessage',
    mail.payload,
    encodeSecretKey(recipient.key),
    sender.octets,
    clock.now(),
  )
  if (!content) throw new PluginError('bad-format', 'A message is not encrypted to the key of its recipient.')
  const body = parseSigncrypt(content, mail.recipient)
  await users.deliver({ user: mail.recipient, contact: mail.sender, body, id: mail.id })
}

function asUnknownSender(cause: unknown): never {
  if (!(cause instanceof PluginError) || cause.code !== 'recipient-unknown') throw cause
  throw new PluginError('sender-unknown', 'No key of the sender is known here.', { cause })
}
