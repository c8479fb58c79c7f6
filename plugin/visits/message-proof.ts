// The proof in a message that a visitor's OX client signed and encrypted to the plugin (XEP-0373 s3.1, PROTO s12.2).
import { isUtf8 } from 'node:buffer'
import { domainOf, parseUserAddress } from '../addresses.js'
import { orNull, PluginError } from '../errors.js'
import { encodeSecretKey, type SignedContent, type UserKey } from '../openpgp/index.js'
import type { UserAddress } from '../ports.js'
import { readSigncrypt } from '../signcrypt.js'
import type { Work } from '../work.js'
import { encodeProof, longestFramedProof } from './proof.js'
import { domainIn, frameOf, unfitness, type Unfit } from './signed-message.js'
import type { VisitStatement } from './statement.js'
import { otherText, wrongSignature } from './wrong-signature.js'

export interface MessageProofOptions {
  readonly address: UserAddress
  readonly ownKey: () => Promise<UserKey>
  readonly work: Work
}

// The statement and what clients write around it, encrypted to several keys.
const [longestSealed, longestContent] = [16_384, 8192]

/** @throws FieldError in words for the visitor; nobody has checked the signature of what is returned */
export async function readMessage(
  options: MessageProofOptions,
  statement: VisitStatement,
  sealed: Buffer,
): Promise<Buffer> {
  const { data, signature } = await open(options, sealed)
  const content = textOf(data)
  const frame = ensureFit(options.address, content, statement)
  const proof = encodeProof({ ...statement, frame, signature })
  if (proof.length > longestFramedProof) throw wrongSignature(noRoom)
  return proof
}

async function open({ ownKey, work }: MessageProofOptions, sealed: Buffer): Promise<SignedContent> {
  if (sealed.length > longestSealed) throw wrongSignature(tooLong)
  const secret = encodeSecretKey(await ownKey())
  try {
    const opened = await work.run('openUnverified', sealed, secret)
    if (opened) return opened
  } catch (error) {
    if (!(error instanceof PluginError)) throw error
    throw wrongSignature(broken)
  } finally {
    secret.fill(0)
  }
  throw wrongSignature(otherKey)
}

// A signature of text is the same with CR LF as with LF.
function textOf(data: Buffer): string {
  if (data.length > longestContent) throw wrongSignature(tooLong)
  if (!isUtf8(data)) throw wrongSignature(unfitWords['no-message'])
  return data.toString().replaceAll('\r\n', '\n')
}

function ensureFit(address: UserAddress, content: string, statement: VisitStatement) {
  const unfit = unfitness(content, statement)
  if (unfit) throw wrongSignature(unfitWords[unfit])
  const isMeant = (jid: string): boolean => isPlugin(address, jid)
  if (!readSigncrypt(content).recipients.some(isMeant)) throw wrongSignature(unfitWords['other-address'])
  const frame = frameOf(content, statement)
  if (!frame) throw wrongSignature(otherText)
  return frame
}

// People write to it with its name or without.
function isPlugin(address: UserAddress, jid: string): boolean {
  const isBare = !jid.includes('@') && domainIn(jid) === domainOf(address)
  return isBare || orNull(() => parseUserAddress(jid)) === address
}

const tooLong = 'the message is too long. Send the lines that were asked for, and nothing else.'
const broken =
  'the message does not open, or is not signed by one key. Let your client sign and encrypt it (OX).'
const otherKey =
  'the message is encrypted to another key than the one that P3DO has here. Let your client fetch that key again.'
const noRoom =
  'the signature and what your client puts around the text are too long to go with each message. Sign with gpg --clearsign, and write "visit sign".'

const unfitWords: Readonly<Record<Unfit, string>> = {
  'no-message': 'what is signed is no OX message with a text. Let your client sign and encrypt it (OX).',
  'other-text': otherText,
  'other-address': 'the message is signed for another address. Write it to P3DO of this server.',
  'other-time': 'the message is not of this hour. Check the clock of your device, and send it again.',
}
