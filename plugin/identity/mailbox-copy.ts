// A copy of a user's mailbox key for the user alone, in the certification: with it he is found wherever he visits while his own
// server is away (PROTO s12.3).
import { PluginError } from '../errors.js'
import {
  longestMailboxCopy,
  secretOctets,
  unwrappingKeyOf,
  type Certificate,
  type UnwrappingKey,
} from '../openpgp/index.js'
import type { Clock } from '../ports.js'
import type { Work } from '../work.js'

const words = 'P3DO mailbox key v1'
const form = new RegExp(`${words} ([A-Za-z0-9+/]{43}=)`, 'u')

/** One line, which people may have to paste. */
export function encodeMailboxText(mailbox: UnwrappingKey): string {
  return `${words} ${secretOctets(mailbox).toString('base64')}`
}

/**
 * The key in a text that has that line somewhere.
 * @param publicHalf 32 octets of the key that it must be
 * @returns `null` where there is no such line, or it is another key
 */
export function parseMailboxText(text: string, publicHalf: Buffer): UnwrappingKey | null {
  const [, base64] = form.exec(text) ?? []
  if (base64 === undefined) return null
  const key = unwrappingKeyOf(Buffer.from(base64, 'base64'))
  return key.octets.equals(publicHalf) ? key : null
}

/** `null` where the key is of a kind that nothing can be encrypted to here: then he brings the mailbox key otherwise. */
export async function makeMailboxCopy(
  { work, clock }: { readonly work: Work; readonly clock: Clock },
  mailbox: UnwrappingKey,
  certificate: Certificate,
): Promise<Buffer | null> {
  const text = Buffer.from(encodeMailboxText(mailbox))
  try {
    const copy = await work.run('sealCopy', text, certificate.octets, clock.now())
    return copy.length > longestMailboxCopy ? null : copy
  } catch (error) {
    if (error instanceof PluginError) return null
    throw error
  } finally {
    text.fill(0)
  }
}
