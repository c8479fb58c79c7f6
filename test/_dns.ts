// A DNS in memory for tests: it has what is put into it, or does not answer.
import { PluginError } from '../plugin/errors.js'
import type { DnsLookup } from '../plugin/ports.js'

/** Texts by name. */
export function memoryDns(texts: Readonly<Record<string, readonly string[]>> = {}): DnsLookup {
  return {
    texts: name => Promise.resolve([...(texts[name] ?? [])]),
    octets: () => Promise.resolve([]),
  }
}

/** A DNS that is away. */
export function silentDns(): DnsLookup {
  const fail = () => Promise.reject(new PluginError('host-unreachable', 'The resolver is away.'))
  return { texts: fail, octets: fail }
}
