// Mail from other servers becomes what a user's client shows (PROTO s6).
import type { HandOver, Mail } from '../delivery/index.js'
import { PluginError } from '../errors.js'
import { encodeSecretKey, type UserKey } from '../openpgp/index.js'
import type { Directory } from '../pki/index.js'
import type { Clock, UserLink } from '../ports.js'
import type { Transparent } from '../transparent/index.js'
import type { Work } from '../work.js'
import type { Guests } from './guests.js'
import { parseSigncrypt } from './signcrypt.js'

export interface IncomingOptions {
  readonly users: UserLink
  readonly guests: Pick<Guests, 'listener' | 'noteShown'>
  readonly transparent: Pick<Transparent, 'isRouted'>
  readonly directory: Directory
  readonly work: Work
  readonly clock: Clock
}

// A peer's new users are fetched within a second of its word; where that was lost, it is asked within half of this.
const patience = 20_000
const unopened =
  'This message is encrypted to the key in your own client, which has to open it (OpenPGP for XMPP).'

/** @throws PluginError when nothing of it may be shown */
export async function openMail(options: IncomingOptions, mail: Mail): Promise<HandOver> {
  const { users, guests, directory } = options
  const { key, whose } = await guests.listener(mail.recipient)
  const sender = await directory.userSoon(mail.sender, patience).catch(asUnknownSender)
  const { sender: contact, id, once, asks, replaces } = mail
  const to = {
    ...whose,
    contact,
    id,
    once,
    ...(asks.length > 0 && { asks }),
    ...(replaces !== null && { replaces }),
  }
  // Without the key nobody here can look inside: the client checks the signature, under the key that it is shown.
  const content = key
    ? { body: await open(options, mail, key, sender.octets) }
    : { body: unopened, sealed: mail.payload }
  return async () => {
    const transparent = !whose.as && (await options.transparent.isRouted(whose.user, contact))
    guests.noteShown(to, mail.recipient)
    await users.deliver({ ...to, ...content, ...(transparent && { transparent }) })
  }
}

function asUnknownSender(cause: unknown): never {
  if (!(cause instanceof PluginError) || cause.code !== 'recipient-unknown') throw cause
  throw new PluginError('sender-unknown', 'No key of the sender is known here.', { cause })
}

async function open(
  { users, work, clock }: IncomingOptions,
  { payload, recipient }: Mail,
  key: UserKey,
  sender: Buffer,
): Promise<string> {
  const content = await work.run('openMessage', payload, encodeSecretKey(key), sender, clock.now())
  if (!content) throw new PluginError('bad-format', 'A message is not encrypted to the key of its recipient.')
  return parseSigncrypt(content, recipient, users.contactOf)
}
