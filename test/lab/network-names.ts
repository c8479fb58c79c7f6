// The names of the laboratory's network in DNS: a signed zone for each server, on a real name server.
import { startSignedKnot, type NameServer } from './knot.js'
import { serviceNames } from './host-server.js'

export interface Names {
  readonly server: NameServer
  /** Puts a server's keys into its zone, lines as `p3do dns` prints them, in place of earlier ones. */
  publish(domain: string, lines: readonly string[]): Promise<void>
}

/** @param hosts addresses by domain */
export async function startNames(hosts: ReadonlyMap<string, string>): Promise<Names> {
  const addresses = (domain: string): string[] =>
    [domain, ...Object.values(serviceNames(domain))].map(
      name => `${name}. 60 IN A ${hosts.get(domain) ?? '127.0.0.1'}`,
    )
  const zones = [...hosts.keys()].map(domain => ({
    domain,
    records: addresses(domain),
    signing: 'signed' as const,
  }))
  const server = await startSignedKnot(zones)
  return {
    server,
    publish: (domain, lines) => server.change(domain, [...addresses(domain), ...lines]),
  }
}
