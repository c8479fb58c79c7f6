// Texts over Node's resolver; types that it does not know by a query of our own (RFC 1035, RFC 7766).
import { Resolver } from 'node:dns/promises'
import { PluginError } from '../../plugin/errors.js'
import type { DnsLookup } from '../../plugin/ports.js'
import { queryOctets } from './query.js'

// A first contact and an admin wait for it.
const patience = { timeout: 2000, tries: 2 }
const nothing = new Set(['ENOTFOUND', 'ENODATA'])

/**
 * The port over one resolver, `address:port`, or over those of the machine where it is null.
 * @throws PluginError `config-invalid` for an address that does not exist
 */
export function createDnsLookup(resolver: string | null): DnsLookup {
  const resolving = new Resolver(patience)
  if (resolver !== null) setServer(resolving, resolver)
  return {
    async texts(name) {
      try {
        const answers = await resolving.resolveTxt(name)
        return answers.map(strings => strings.join(''))
      } catch (error) {
        if (error instanceof Error && 'code' in error && nothing.has(String(error.code))) return []
        throw unanswered(error)
      }
    },
    async octets(name, type) {
      const [server = '127.0.0.1'] = resolving.getServers()
      try {
        return await queryOctets(server, name, type)
      } catch (error) {
        throw unanswered(error)
      }
    },
  }
}

function unanswered(cause: unknown): PluginError {
  return new PluginError(
    'host-unreachable',
    'The resolver does not answer a question to DNS; see dns.resolver in the configuration.',
    { cause },
  )
}

function setServer(resolving: Resolver, resolver: string): void {
  try {
    if (Number(resolver.slice(resolver.lastIndexOf(':') + 1)) > 65_535) throw new RangeError('No such port.')
    resolving.setServers([resolver])
  } catch (cause) {
    const message = 'dns.resolver must be an address with a port like 127.0.0.1:53.'
    throw new PluginError('config-invalid', message, { cause })
  }
}
