// What a user says to a contact becomes mail: encrypted here for him, or by his own client before it came here (PROTO s6).
import type { Delivery, Letter } from '../delivery/index.js'
import { PluginError } from '../errors.js'
import { encodeSecretKey, isEncryptedTo, type Certificate } from '../openpgp/index.js'
import type { Directory, Distrust } from '../pki/index.js'
import type { ChatMessage, Clock, Random, UserAddress } from '../ports.js'
import type { Sealer } from '../sealer.js'
import type { Work } from '../work.js'
import type { Speaker } from './guests.js'
import { encodeSigncrypt } from './signcrypt.js'
import { veilId } from './veiled-ids.js'

export interface OutgoingOptions {
  readonly directory: Directory
  readonly delivery: Pick<Delivery, 'send'>
  readonly sealer: Sealer
  readonly work: Work
  readonly clock: Clock
  readonly random: Random
}

type ToContact = ChatMessage & { readonly contact: UserAddress }

/** @throws PluginError, and nothing is sent then */
export async function send(options: OutgoingOptions, sender: Speaker, message: ToContact): Promise<void> {
  if (message.body.trim() === '' && !message.sealed)
    throw new PluginError('message-empty', 'The message is empty; nothing was sent.')
  ensureTrusted(sender.doubt, message)
  const recipient = await options.directory.user(message.contact)
  const payload = message.sealed
    ? ensureForRecipient(sender, message.sealed, recipient)
    : await encrypt(options, sender, message, recipient)
  const { contact, id = null, asks = [] } = message
  await options.delivery.send({
    sender: sender.user,
    recipient: contact,
    payload,
    id,
    asks,
    ...names(options, message),
  })
}

// How the recipient's client calls the message, and the one that it corrects.
function names({ sealer }: OutgoingOptions, message: ToContact): Pick<Letter, 'shownAs' | 'replaces'> {
  const { as, contact, id, replaces } = message
  if (as === undefined) return replaces === undefined ? {} : { replaces }
  const veiled = (name: string | undefined) =>
    name === undefined ? null : veilId(sealer, { as, contact }, name)
  const replaced = veiled(replaces)
  return { shownAs: veiled(id), ...(replaced !== null && { replaces: replaced }) }
}

async function encrypt(
  { work, clock, random }: OutgoingOptions,
  { key }: Speaker,
  { contact, body }: ToContact,
  recipient: Certificate,
): Promise<Buffer> {
  if (!key)
    throw refused('Your key is in your own client, so that one has to encrypt: switch OpenPGP on in it.')
  const now = clock.now()
  const content = encodeSigncrypt(contact, body, now, random)
  return work.run('sealMessage', content, encodeSecretKey(key), recipient.octets, now)
}

// What the client encrypted goes on as it is: nobody but the recipient can open it.
function ensureForRecipient({ key }: Speaker, sealed: Buffer, recipient: Certificate): Buffer {
  if (key) throw refused('Your client encrypts with a key that this server did not certify.')
  if (!isEncryptedTo(sealed, recipient))
    throw refused(
      'Your client encrypted to another key than the one that this contact has now; let it fetch the key again.',
    )
  return sealed
}

function ensureTrusted(doubt: Distrust | null, { as }: ToContact): void {
  if (doubt === null) return
  // The server's own: it goes long before its users are cut off by its end, unless time itself seems to.
  if (doubt === 'authority-invalid')
    throw new PluginError(
      'host-refused',
      'By the clock of this server, the server\'s key that certified yours does not count now. Nothing was sent. Tell the admins of your server to look at its clock; "p3do doctor" does.',
    )
  if (as !== undefined)
    throw new PluginError(
      'custody-wrong',
      `Nobody trusts the key of this pseudonym any more (${doubt.replaceAll('-', ' ')}). Nothing was sent. Drop it, and make another.`,
    )
  throw refused(`Nobody trusts your key any more (${doubt.replaceAll('-', ' ')}).`)
}

function refused(reason: string): PluginError {
  return new PluginError(
    'custody-wrong',
    `${reason} Nothing was sent. Write "custody" to P3DO to see what you can do.`,
  )
}
