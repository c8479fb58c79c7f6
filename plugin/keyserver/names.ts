// The names by which certificates are asked for: user IDs, addresses, hashes of a Web Key Directory
// (XEP-0373 s8.5; draft-koch-openpgp-webkey-service-21 s3.1; draft-ietf-openpgp-hkp).
import { createHash } from 'node:crypto'
import { parseDomain, parseUserAddress } from '../addresses.js'
import { orNull } from '../errors.js'
import { serverUserId } from '../openpgp/index.js'
import type { RingEntry, UserAddress } from '../ports.js'

/** What a name means on the ring. */
export type Wanted = Pick<RingEntry, 'kind' | 'subject'>

/** The whole user ID of a user, or the mail address in that of a server, in any case; `null` for all else. */
export function wantedByIdentity(identity: string): Wanted | null {
  const [, address] = /^xmpp:(.*)$/i.exec(identity) ?? []
  if (address !== undefined) return user(address)
  const [, domain] = /^<?openpgp-ca@([^<>]*)>?$/i.exec(identity) ?? []
  return domain === undefined ? null : server(domain)
}

/** As `wantedByIdentity`, and what people type: `alice@a.example`, `a.example`, the whole user ID of a server. */
export function wantedBySearch(text: string): Wanted | null {
  const exact = wantedByIdentity(text)
  if (exact !== null) return exact
  if (!text.includes(' ')) return text.includes('@') ? user(text) : server(text)
  const named = server(text.slice(0, text.indexOf(' ')))
  return named !== null && serverUserId(parseDomain(named.subject)) === text.toLowerCase() ? named : null
}

/** The user whom somebody means by a user ID or an address; `null` where that is none. */
export function userOf(identity: string): UserAddress | null {
  return addressOrNull(identity.replace(/^xmpp:/i, ''))
}

/** How a Web Key Directory names a local part: z-base-32 of the SHA-1 of its lower-case form. */
export function mailboxHash(localPart: string): string {
  const bits = [...createHash('sha1').update(localPart.toLowerCase()).digest()]
    .map(octet => octet.toString(2).padStart(8, '0'))
    .join('')
  const letters = bits.match(/.{5}/g)?.map(five => 'ybndrfg8ejkmcpqxot1uwisza345h769'[parseInt(five, 2)])
  return letters?.join('') ?? ''
}

function user(address: string): Wanted | null {
  const subject = addressOrNull(address)
  return subject && { kind: 'user', subject }
}

function server(domain: string): Wanted | null {
  const subject = orNull(() => parseDomain(domain))
  return subject && { kind: 'server', subject }
}

function addressOrNull(address: string): UserAddress | null {
  return orNull(() => parseUserAddress(address))
}
