// The parts of an address as it stands in a stanza's from or to (RFC 7622 s3.1).

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
