// What the plugin asks of DNS, and keeps of it; part of ports.ts, by which everybody imports it.
import type { Domain } from './ports.js'

/**
 * How far an answer of DNS is proven (RFC 4035 s4.3): signed from the root on; not signed as it seems; signed wrongly;
 * or not to be told, because keys of the root or of a zone cannot be had signed. Absence is never proven.
 */
export type DnsSecurity = 'secure' | 'insecure' | 'bogus' | 'indeterminate'

/** Texts at a name, the strings of each joined; none where the name has none. */
export interface DnsTexts {
  readonly texts: readonly string[]
  readonly security: DnsSecurity
}

/** Asks DNS. What it says may add a doubt or name a key that nothing is known of, never replace what is known. */
export interface DnsLookup {
  /** @throws PluginError `host-unreachable` */
  texts(name: string): Promise<DnsTexts>
  /** Data of records whose octets are compared as they are. @throws PluginError `host-unreachable` */
  octets(name: string, type: 'CERT' | 'OPENPGPKEY' | 'SRV'): Promise<Buffer[]>
}

/** What was seen of a domain's records in DNS, so that they cannot be turned back (PROTO s9.5). */
export interface DnsSeen {
  /** Whether they were proven once; from then on they must be. */
  readonly secured: boolean
  /** The highest number that they had. */
  readonly number: number
}

export interface DnsStore {
  loadDnsSeen(domain: Domain): Promise<DnsSeen | null>
  saveDnsSeen(domain: Domain, seen: DnsSeen): Promise<void>
}
