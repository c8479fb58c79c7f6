// Mail from other servers becomes what a user's client shows (PROTO s6).
import { domainOf } from '../addresses.js'
import type { HandOver, Mail } from '../delivery/index.js'
import { PluginError } from '../errors.js'
import type { LocalUsers } from '../identity/index.js'
import { encodeSecretKey, type UserKey } from '../openpgp/index.js'
import type { Directory } from '../pki/index.js'
import type { Clock, Domain, UserLink } from '../ports.js'
import type { Transparent } from '../transparent/index.js'
import type { Work } from '../work.js'
import { parseSigncrypt } from './signcrypt.js'

export interface IncomingOptions {
  readonly domain: Domain
  readonly users: UserLink
  readonly locals: LocalUsers
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
  const { domain, users, locals, directory } = options
  if (domainOf(mail.recipient) !== domain)
    throw new PluginError('not-local', 'The recipient is not a user of this server.')
  const recipient = await locals.find(mail.recipient)
  if (!recipient) throw new PluginError('recipient-unknown', 'The recipient has no key here.')
  const sender = await directory.userSoon(mail.sender, patience).catch(asUnknownSender)
  const { recipient: user, sender: contact, id, once, asks, replaces } = mail
  const to = {
    user,
    contact,
    id,
    once,
    ...(asks.length > 0 && { asks }),
    ...(replaces !== null && { replaces }),
  }
  // Without the key nobody here can look inside: the client checks the signature, under the key that it is shown.
  const content = recipient.key
    ? { body: await open(options, mail, recipient.key, sender.octets) }
    : { body: unopened, sealed: mail.payload }
  return async () => {
    const transparent = await options.transparent.isRouted(user, contact)
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
