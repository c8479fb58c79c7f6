// Where others find a chat server in DNS: SRV records, or else the name itself (RFC 6120 s3.2, XEP-0368).
import { lookup, Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'

/** A port of a chat server as others reach it. */
export interface Endpoint {
  /** Name to connect to, or an address. */
  readonly host: string
  readonly address: string
  readonly port: number
  /** TLS from the first octet on, and not by STARTTLS. */
  readonly direct: boolean
}

/** Who connects there: clients of users, or other servers. */
export type Side = 'client' | 'server'

const usualPorts: Readonly<Record<Side, number>> = { client: 5222, server: 5269 }
const mostEndpoints = 4

/**
 * Where clients or servers connect for a domain; empty where DNS does not say, or says that there is nothing.
 * `resolver` is an address with a port, or null for the machine's own names.
 */
export async function endpointsOf(domain: string, side: Side, resolver: string | null): Promise<Endpoint[]> {
  const [plain, direct] = await Promise.all([
    services(`_xmpp-${side}._tcp.${domain}`, resolver),
    services(`_xmpps-${side}._tcp.${domain}`, resolver),
  ])
  const usual = plain ?? [{ name: domain, port: usualPorts[side] }]
  const named = [
    ...usual.map(service => ({ ...service, direct: false })),
    ...(direct ?? []).map(service => ({ ...service, direct: true })),
  ]
  const found = await Promise.all(
    named.slice(0, mostEndpoints).map(async ({ name, port, direct }) => {
      const addresses = await addressesOf(name, resolver)
      return addresses.map(address => ({ host: name, address, port, direct }))
    }),
  )
  return found.flat().slice(0, mostEndpoints)
}

/** Addresses of a name, none where it has none. */
export async function addressesOf(name: string, resolver: string | null): Promise<string[]> {
  if (isIP(name) !== 0) return [name]
  if (resolver === null) {
    const found = await lookup(name, { all: true }).catch(nothing)
    return found.map(({ address }) => address)
  }
  const asked = askedAt(resolver)
  const [four, six] = await Promise.all([
    asked.resolve4(name).catch(nothing),
    asked.resolve6(name).catch(nothing),
  ])
  return [...four, ...six]
}

// `null`: there are no such records, and the usual port counts. A target of "." means that there is no such service.
async function services(
  name: string,
  resolver: string | null,
): Promise<{ name: string; port: number }[] | null> {
  const records = await askedAt(resolver).resolveSrv(name).catch(nothing)
  if (records.length === 0) return null
  return records
    .sort((one, other) => one.priority - other.priority)
    .filter(record => record.name !== '' && record.name !== '.')
    .map(record => ({ name: record.name, port: record.port }))
}

function askedAt(resolver: string | null): Resolver {
  const asked = new Resolver({ timeout: 2000, tries: 2 })
  if (resolver !== null) asked.setServers([resolver])
  return asked
}

function nothing(): never[] {
  return []
}
