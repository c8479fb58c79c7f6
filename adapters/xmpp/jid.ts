// The parts of an address as it stands in a stanza's from or to (RFC 7622 s3.1).

import { parseUserAddress } from '../../plugin/addresses.js'
import { PluginError } from '../../plugin/errors.js'

export interface Jid {
  /** Null where the address is a server's. */
  readonly local: string | null
  readonly domain: string
  readonly resource: string | null
}

/** Splits an address that the host has already checked; never throws. */
export function splitJid(text: string): Jid {
  const slash = text.indexOf('/')
  const bare = slash < 0 ? text : text.slice(0, slash)
  const at = bare.indexOf('@')
  return {
    local: at < 0 ? null : bare.slice(0, at),
    domain: bare.slice(at + 1),
    resource: slash < 0 ? null : text.slice(slash + 1),
  }
}

/**
 * The address of a room or a bot that a peer named, before anything is sent there: bare, of both parts, normalised.
 * @throws PluginError `bad-format` for any other, such as a person's device or a server
 */
export function ensureBareAddress<Address extends string>(address: Address): Address {
  if ((parseUserAddress(address) as string) === address) return address
  throw new PluginError('bad-format', 'A peer named an address that is not written in its normal form.')
}
