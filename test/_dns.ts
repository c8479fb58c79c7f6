// A DNS in memory for tests: it has what is put into it, or does not answer.
import { PluginError } from '../plugin/errors.js'
import type { DnsLookup, DnsSecurity, KeyFetcher } from '../plugin/ports.js'

/** Texts by name, all as well proven as said. */
export function memoryDns(
  texts: Readonly<Record<string, readonly string[]>> = {},
  security: DnsSecurity = 'insecure',
): DnsLookup {
  return {
    texts: name => Promise.resolve({ texts: [...(texts[name] ?? [])], security }),
    octets: () => Promise.resolve([]),
  }
}

/** A DNS that is away. */
export function silentDns(): DnsLookup {
  const fail = () => Promise.reject(new PluginError('host-unreachable', 'The resolver is away.'))
  return { texts: fail, octets: fail }
}

/** Key servers by place, each with what it has for everyone who asks; all others are away. Files by place and path. */
export function memoryFetcher(
  places: Readonly<Record<string, Buffer | null>> = {},
  files: Readonly<Record<string, Buffer>> = {},
): KeyFetcher {
  const away = () => Promise.reject(new PluginError('host-unreachable', 'The key server is away.'))
  return {
    fetch(place) {
      const found = places[place]
      return found === undefined ? away() : Promise.resolve(found)
    },
    fetchFile(place, path) {
      const isThere = Object.keys(files).some(name => name.startsWith(`${place}/`))
      return isThere ? Promise.resolve(files[`${place}${path}`] ?? null) : away()
    },
  }
}
