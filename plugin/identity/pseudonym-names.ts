// What pseudonyms are called: names that are no other address of the component, or one that says nothing.
import { parseUserAddress, pseudonymDomain } from '../addresses.js'
import { orNull, PluginError } from '../errors.js'
import type { Domain, Random, UserAddress } from '../ports.js'

// No sign that stands between a contact and a pseudonym, or in an escaped address.
const form = /^(?=.{2,32}$)[a-z0-9]+(?:[.-][a-z0-9]+)*$/u
// Addresses of the plugin itself, and those whom people take for somebody in office.
const taken = [
  ...['p3do', 'speaker', 'listener', 'openpgp-ca'],
  ...[
    'abuse',
    'admin',
    'administrator',
    'hostmaster',
    'postmaster',
    'root',
    'security',
    'support',
    'webmaster',
  ],
]

/**
 * The address of a pseudonym from its name, or from the whole address.
 * @throws PluginError `command-invalid`
 */
export function parsePseudonym(server: Domain, text: string): UserAddress {
  const domain = pseudonymDomain(server) ?? ''
  const name =
    text.length <= 512 && text.toLowerCase().endsWith(`@${domain}`) ? text.slice(0, -domain.length - 1) : text
  const address = orNull(() => parseUserAddress(`${name}@${domain}`))
  const local = address?.slice(0, -domain.length - 1) ?? ''
  if (address === null || !form.test(local))
    throw invalid(
      'A name has 2 to 32 letters and digits (a to z, 0 to 9), with single "-" or "." between them.',
    )
  if (taken.includes(local))
    throw invalid('This name is kept for the plugin or for people in office; choose another.')
  return address
}

const [consonants, vowels] = ['bdfghjklmnprstvwz', 'aeiou']
const syllables = 5

/** A name that can be said and tells nothing; one of four billion. */
export function randomName(random: Random): string {
  const one = (letters: string): string => letters.charAt(random.below(letters.length))
  return Array.from({ length: syllables }, () => one(consonants) + one(vowels)).join('')
}

function invalid(message: string): PluginError {
  return new PluginError('command-invalid', message)
}
