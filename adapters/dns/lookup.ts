// Texts with how far they are proven, and data of other records, over the resolvers of the machine or of the configuration.
import { Resolver } from 'node:dns/promises'
import { PluginError } from '../../plugin/errors.js'
import type { Clock, DnsLookup } from '../../plugin/ports.js'
import { securityOf } from './chain.js'
import { askOneOf, type Answer, type Ask } from './exchange.js'
import { queryOctets } from './octets.js'
import { parseTrustAnchor } from './trust-anchors.js'

export interface DnsOptions {
  /** `address:port`; those of the machine where it is null. */
  readonly resolver: string | null
  /** Keys of the root zone like `20326:8:2:E06D…`; empty for IANA's. */
  readonly trustAnchors: readonly string[]
  readonly clock: Pick<Clock, 'now'>
}

/** For the composition root. @throws PluginError `config-invalid` for an address or an anchor that cannot be */
export function createDnsLookup({ resolver, trustAnchors, clock }: DnsOptions): DnsLookup {
  const servers = serversOf(resolver)
  const anchors = trustAnchors.length === 0 ? null : trustAnchors.map(parseTrustAnchor)
  const ask: Ask = (name, type) => askOneOf(servers, name, type)
  return {
    texts: name =>
      answered(async () => {
        const answer = await ask(name, 'TXT')
        const texts = textsIn(answer, name)
        const security =
          texts.length === 0 ? 'insecure' : await securityOf(ask, name, answer, anchors, clock.now())
        return { texts, security }
      }),
    octets: (name, type) => answered(() => queryOctets(ask, name, type)),
  }
}

async function answered<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    const message = 'The resolver does not answer a question to DNS; see dns.resolver in the configuration.'
    throw new PluginError('host-unreachable', message, { cause })
  }
}

// An alias is not followed: what it leads to is signed by others than the domain.
function textsIn({ packet }: Answer, name: string): string[] {
  return (packet.answers ?? []).flatMap(record => {
    if (record.type !== 'TXT' || record.name.toLowerCase() !== name) return []
    const strings = Array.isArray(record.data) ? record.data : [record.data]
    return [strings.map(string => string.toString('latin1')).join('')]
  })
}

function serversOf(resolver: string | null): readonly string[] {
  const machine = new Resolver()
  if (resolver === null) return machine.getServers()
  try {
    if (Number(resolver.slice(resolver.lastIndexOf(':') + 1)) > 65_535) throw new RangeError('No such port.')
    machine.setServers([resolver])
    return [resolver]
  } catch (cause) {
    const message = 'dns.resolver must be an address with a port like 127.0.0.1:53.'
    throw new PluginError('config-invalid', message, { cause })
  }
}
