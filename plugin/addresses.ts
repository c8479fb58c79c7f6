// Parsers of domains and user addresses (RFC 7622), the only makers of their branded types.
import { domainToASCII } from 'node:url'
import { PluginError } from './errors.js'
import type { Domain, UserAddress } from './ports.js'

// What a domain may be written with; anything else, the URL standard would decode or cut off.
const writtenDomain = /^[a-z0-9.\-\u0080-\u{10ffff}]{1,255}$/u
// In such a name the URL standard finds nothing to change: nothing that is encoded, and no number at its end.
const plainDomain = /^(?:(?!xn--)[a-z0-9-]+\.)*(?!xn--)[a-z][a-z0-9-]*$/
const label = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/
// RFC 7622 s3.3.1: forbidden in a localpart; white space and controls are refused as well.
// eslint-disable-next-line no-control-regex
const forbiddenInLocalpart = /["&'/:<>@\s\u0000-\u001f\u007f]/u

/**
 * Parses a server's domain. Internationalised names are kept as A-labels (RFC 5890), so that one server has one name.
 * @throws PluginError `bad-format`
 */
export function parseDomain(text: string): Domain {
  const written = text.length <= 255 ? text.toLowerCase() : ''
  const ascii = plainDomain.test(written) ? written : asciiOf(written)
  const labels = ascii.split('.')
  // A name in ASCII stays as it is: the URL standard would make 127.0.0.1 of 127.1.
  const changed = ascii !== written && /^[ -~]*$/u.test(written)
  if (changed || ascii.length > 253 || !labels.every(part => label.test(part))) {
    throw new PluginError('bad-format', 'This is not a domain name; write it like a.example.')
  }
  return ascii as Domain
}

function asciiOf(written: string): string {
  return writtenDomain.test(written) ? domainToASCII(written) : ''
}

/**
 * Parses a bare user address and normalises it: NFC and lower case for the localpart (RFC 7622 s3.3).
 * @throws PluginError `bad-format`
 */
export function parseUserAddress(text: string): UserAddress {
  const at = text.indexOf('@')
  const local = text.slice(0, Math.max(at, 0)).normalize('NFKC').toLowerCase().normalize('NFC')
  const octets = Buffer.byteLength(local)
  if (octets === 0 || octets > 1023 || forbiddenInLocalpart.test(local)) {
    throw new PluginError('bad-format', 'This is not a user address; write it like alice@a.example.')
  }
  return `${local}@${parseDomain(text.slice(at + 1))}` as UserAddress
}

/** The part of a user's address behind the at sign. Whose server that is, `homeOf` says. */
export function domainOf(user: UserAddress): Domain {
  return user.slice(user.indexOf('@') + 1) as Domain
}

const pseudonymLabel = 'p3do.'

/**
 * The server that a user belongs to: users of the server a.example have addresses at a.example or, as pseudonyms, at
 * p3do.a.example (PROTO s9.3).
 */
export function homeOf(user: UserAddress): Domain {
  const domain = domainOf(user)
  return isOfPseudonyms(domain) ? (domain.slice(pseudonymLabel.length) as Domain) : domain
}

/** Whether an address is of the form that pseudonyms have. */
export function isPseudonym(user: UserAddress): boolean {
  return isOfPseudonyms(domainOf(user))
}

/** Where pseudonyms of a server's users have their addresses; `null` for a server that can have none. */
export function pseudonymDomain(server: Domain): Domain | null {
  const domain = `${pseudonymLabel}${server}` as Domain
  return isOfPseudonyms(domain) && !isOfPseudonyms(server) && domain.length <= 253 ? domain : null
}

/**
 * Whether addresses at a domain are pseudonyms of the server of the domain above it. Such a domain is never a server's own: it
 * would speak for that server's pseudonyms, and that server for its users.
 */
export function isOfPseudonyms(domain: Domain): boolean {
  // Under a top-level domain, p3do is a name like any other.
  return domain.startsWith(pseudonymLabel) && domain.indexOf('.', pseudonymLabel.length) > 0
}
