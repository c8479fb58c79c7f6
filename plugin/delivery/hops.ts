// The servers of a route with the keys that open their layers today.
import { PluginError } from '../errors.js'
import type { Hop } from '../mor/index.js'
import { currentRoutingKey, usableWrappingKey } from '../openpgp/index.js'
import type { Directory } from '../pki/index.js'
import type { Clock, Domain } from '../ports.js'
import { unreachable } from './route-choice.js'

export interface HopOptions {
  readonly directory: Pick<Directory, 'server'>
  readonly clock: Clock
}

/** @throws PluginError `route-unreachable` for a server whose key is not known, or ended */
export async function hopsOf(options: HopOptions, route: readonly Domain[]): Promise<readonly Hop[]> {
  return Promise.all(route.map(server => hopOf(options, server)))
}

async function hopOf({ directory, clock }: HopOptions, server: Domain): Promise<Hop> {
  const certificate = await directory.server(server)
  if (!certificate) throw unreachable(server)
  try {
    const key = usableWrappingKey(await currentRoutingKey(certificate, clock.now()))
    return { server: certificate.fingerprint, key }
  } catch (cause) {
    throw cause instanceof PluginError ? unreachable(server, cause) : cause
  }
}

/** The same way to the owner of a tag and its key (32 octets): the last server need not be the one where he is. */
export function endingAt(hops: readonly Hop[], key: Buffer, tag: Buffer): readonly Hop[] {
  const last = hops.at(-1)
  return last ? [...hops.slice(0, -1), { server: last.server, key: usableWrappingKey(key), tag }] : []
}
