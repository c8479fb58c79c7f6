// Addresses of other networks as localparts of the component (XEP-0106), so that `bob@b.example` can be written to as
// `bob\40b.example@p3do.a.example`, and under the pseudonym fox as `bob\40b.example+fox@p3do.a.example`.
import { parseUserAddress } from '../../plugin/addresses.js'
import { PluginError } from '../../plugin/errors.js'
import type { UserAddress } from '../../plugin/ports.js'

/** XEP-0106 s3.2, by their code points. */
const escaped = ' "&\'/:<>@\\'
const codes = Array.from(escaped, character => character.charCodeAt(0).toString(16))
// A backslash needs escaping only where it would be read as the start of an escape.
const toEscape = new RegExp(`[ "&'/:<>@]|\\\\(?=${codes.join('|')})`, 'gi')
const toUnescape = new RegExp(`\\\\(${codes.join('|')})`, 'gi')

/**
 * Escapes a text for use as a localpart.
 * @throws PluginError `bad-format` where it begins or ends with a space (XEP-0106 s3.2)
 */
export function escapeLocalpart(text: string): string {
  if (text.startsWith(' ') || text.endsWith(' ')) {
    throw new PluginError('bad-format', 'An address must not begin or end with a space; remove it.')
  }
  return text.replace(toEscape, character => `\\${character.charCodeAt(0).toString(16)}`)
}

/** What a localpart stands for. Sequences that are no escapes stay as they are (XEP-0106 s3.3). */
export function unescapeLocalpart(localpart: string): string {
  return localpart.replace(toUnescape, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}

/** The component's address that stands for a user of another server; as a pseudonym of the component, for that one's talk with him. */
export function contactAddress(contact: UserAddress, component: string, as?: UserAddress): string {
  const pseudonym = as === undefined ? '' : `${separator}${as.slice(0, as.lastIndexOf('@'))}`
  return `${escapeLocalpart(contact)}${pseudonym}@${component}`
}

// No domain holds it, so that the last one, with no escaped address behind it, separates.
const separator = '+'
const withPseudonym = /^(.+)\+([^+\\]+)$/u

/** Whom a localpart of the component stands for, and the name of the pseudonym that talks to him; `null` for the account. */
export interface Talk {
  readonly contact: UserAddress
  readonly pseudonym: string | null
}

/** @throws PluginError `bad-format` where it stands for none */
export function parseTalk(localpart: string): Talk {
  const [, contact = localpart, pseudonym = null] = withPseudonym.exec(localpart) ?? []
  return { contact: parseContact(contact), pseudonym }
}

function parseContact(localpart: string): UserAddress {
  const address = parseUserAddress(unescapeLocalpart(localpart))
  // One user has one address here, or clients would show him twice.
  if (escapeLocalpart(address) === localpart) return address
  throw new PluginError(
    'bad-format',
    'This contact address is written in an unusual way; write bob\\40b.example.',
  )
}
