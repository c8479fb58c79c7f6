// What the X.509 authority needs from outside, and what it shows there; part of ports.ts.
import type { Domain, UserAddress } from './ports.js'

/** Why an X.509 certificate was taken back, as far as lists say it (RFC 5280 s5.3.1). */
export type RevocationReason = 'unspecified' | 'key-compromise' | 'superseded' | 'account-gone'

/** What is kept of an X.509 certificate that was issued. Times are in milliseconds. */
export interface X509Entry {
  /** Lower-case hex digits. */
  readonly serial: string
  /** `null` where the records before a restored backup do not say. */
  readonly user: UserAddress | null
  readonly issued: number
  readonly expires: number
  readonly revoked: { readonly time: number; readonly reason: RevocationReason } | null
  /** Whether the user was told that it ends. */
  readonly reminded: boolean
}

/** The domain's X.509 authority and what it issued. */
export interface X509Store extends X509PeerStore {
  /** `certificate` is PEM, `key` is sealed. */
  loadX509Authority(): Promise<{ readonly certificate: string; readonly key: Buffer } | null>
  saveX509Authority(authority: { readonly certificate: string; readonly key: Buffer }): Promise<void>
  /** Inserts, or replaces the entry of that serial. */
  putX509(entry: X509Entry): Promise<void>
  /** What ends after that time, the newest first; of a user or of all. */
  listX509(user: UserAddress | null, expiresAfter: number): Promise<X509Entry[]>
}

/** The X.509 authority of a peer's domain, as it showed it last (PROTO s9.6). */
export interface X509Peer {
  readonly domain: Domain
  /** DER. */
  readonly authority: Buffer
  /** The statement that binds it to the OpenPGP authority, and its signature, one packet. */
  readonly text: Buffer
  readonly signature: Buffer
  /** Certificates that it took back, DER. */
  readonly list: Buffer
  /** When it came, milliseconds. */
  readonly fetched: number
}

/** X.509 authorities of peers, kept for the time when these are away. */
export interface X509PeerStore {
  loadX509Peer(domain: Domain): Promise<X509Peer | null>
  /** Inserts, or replaces that of the domain. */
  saveX509Peer(peer: X509Peer): Promise<void>
}

/** What the X.509 authority shows everyone; `null` as long as there is none. */
export interface X509Publication {
  /** PEM. */
  certificate(): Promise<string | null>
  /** The statement that binds it to the OpenPGP authority, and its detached signature, one binary packet. */
  statement(): Promise<{ readonly text: Buffer; readonly signature: Buffer } | null>
  /** DER. */
  revocationList(): Promise<Buffer | null>
}

/** A certificate for TLS as it is shown to everybody. */
export interface ShownCertificate {
  /** By which it is told apart from the one after it. */
  readonly name: string
  /** When it ends, milliseconds. */
  readonly ends: number
}
