// A key server over HTTP without a socket: servers a and b know each other, each with one user on the ring of a.
import type { FastifyInstance } from 'fastify'
import { randomBytes } from 'node:crypto'
import { createApp } from '../adapters/http/app.js'
import { systemRandom } from '../adapters/random.js'
import { parseUserAddress } from '../plugin/addresses.js'
import { PluginError } from '../plugin/errors.js'
import { createKeyServer } from '../plugin/keyserver/index.js'
import { generateUnwrappingKey, generateUserKey, type UserKey } from '../plugin/openpgp/index.js'
import { createDnsWords, createExplainer } from '../plugin/pki/index.js'
import type { KeyServer, RingEntry, UserAddress } from '../plugin/ports.js'
import { createSealer } from '../plugin/sealer.js'
import { sameThread, type Work } from '../plugin/work.js'
import { createX509, type X509 } from '../plugin/x509/index.js'
import { memoryDns } from './_dns.js'
import { createFederated, type FederatedServer } from './_federated.js'
import type { VirtualClock } from './_virtual-clock.js'

/** The key server of one server. */
export interface ServedKeys {
  readonly keyServer: KeyServer
  readonly x509: X509
  readonly app: FastifyInstance
  /** What was said to users in chat. */
  readonly told: { readonly user: UserAddress; readonly words: string }[]
  /** Errors in the log. */
  readonly errors: string[]
  /** What the ring has of a name. */
  entry(kind: RingEntry['kind'], subject: string): Promise<RingEntry>
}

/** That of a. */
export interface KeyServers extends ServedKeys {
  readonly clock: VirtualClock
  readonly a: FederatedServer
  readonly b: FederatedServer
  readonly alice: UserKey
  readonly bob: UserKey
}

export interface ServedKeysOptions {
  readonly requestsPerMinute?: number
  /** Whether the host takes messages for users. */
  readonly reachable?: () => boolean
  readonly work?: Work
}

export const [aliceAddress, bobAddress] = [
  parseUserAddress('alice@a.example'),
  parseUserAddress('bob@b.example'),
]

/** @param options `start`: the time at which the clock stands, milliseconds */
export async function createKeyServers(
  options: ServedKeysOptions & { readonly start?: number } = {},
): Promise<KeyServers> {
  const federated = createFederated(options.start)
  const { clock } = federated
  const [a, b] = [await federated.add('a'), await federated.add('b')]
  await a.directory.publishServer()
  await a.directory.meetServer(b.domain, b.identity.certificate)
  const [alice, bob] = [await publish(a, aliceAddress, clock), await publish(b, bobAddress, clock)]
  await a.directory.keepUser(b.domain, (await b.directory.user(bobAddress)).octets)
  return { clock, a, b, alice, bob, ...serveKeys(a, clock, options) }
}

/** Puts a key server before what a server knows. */
export function serveKeys(
  a: FederatedServer,
  clock: VirtualClock,
  options: ServedKeysOptions = {},
): ServedKeys {
  const { domain, identity } = a
  const dnsWords = createDnsWords({ ...a, dns: memoryDns(), dnsSeen: a.store, clock })
  const explainer = createExplainer({ domain, ring: a.store, directory: a.directory, dnsWords })
  const told: KeyServers['told'] = []
  const keyServer = createKeyServer({
    domain,
    identity,
    ring: a.store,
    directory: a.directory,
    work: options.work ?? sameThread,
    random: systemRandom,
    users: {
      deliver({ user, body }) {
        if (options.reachable?.() === false)
          return Promise.reject(new PluginError('host-unreachable', 'No host.'))
        return Promise.resolve(void told.push({ user, words: body }))
      },
    },
    clock,
    explainer,
  })
  const errors: string[] = []
  const ignore = (): undefined => undefined
  const log = {
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: (_: object, words: string) => void errors.push(words),
  }
  const x509 = createX509({
    ...a,
    domain,
    clock,
    sealer: createSealer(randomBytes(32)),
    sign: octets => a.identity.authority.signStatement(octets),
    tell: () => Promise.resolve(),
    changed: () => undefined,
    work: options.work ?? sameThread,
    random: systemRandom,
    log,
  })
  const app = createApp({
    keyServer,
    x509,
    clock,
    counters: a.counters,
    log,
    requestsPerMinute: options.requestsPerMinute ?? 100_000,
  })
  const entry = async (kind: RingEntry['kind'], subject: string): Promise<RingEntry> => {
    const found = await a.store.find(kind, subject)
    if (!found) throw new Error('It is not on the ring.')
    return found
  }
  return { keyServer, x509, app, told, errors, entry }
}

async function publish(server: FederatedServer, address: UserAddress, clock: VirtualClock): Promise<UserKey> {
  const key = generateUserKey(address, clock.now())
  await server.directory.publishUser(address, key.certificate, generateUnwrappingKey().octets)
  return key
}
