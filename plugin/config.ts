// Reads the configuration: raw tables and environment in, a frozen and typed value or one named mistake out.
import { resolve } from 'node:path'
import * as v from 'valibot'
import { environmentLayer } from './config-environment.js'
import { firstMistake } from './config-mistakes.js'
import { configSchema } from './config-schema.js'
import { domainOf, isOfPseudonyms, parseDomain } from './addresses.js'
import { PluginError } from './errors.js'
import type { Domain, Fingerprint, LogLevel, UserAddress } from './ports.js'
import { mostListed, type ProfileName } from './profiles.js'

/** A server to federate with. */
export interface PeerConfig {
  readonly domain: Domain
  readonly component: Domain
  /** Nobody wrote the component down: records in DNS may name another. */
  readonly isUsual: boolean
  /** The key that the peer must have at the first contact, or null where any is taken. */
  readonly fingerprint: Fingerprint | null
}

/** `p3do.toml`, complete: every default is filled in and every path is absolute. The schema says what each key means. */
export interface Config {
  readonly server: {
    readonly domain: Domain
    readonly component: Domain
    readonly host: 'prosody' | 'ejabberd'
    readonly service: string
    readonly rooms: Domain
    readonly data: string
    readonly admins: readonly UserAddress[]
  }
  /** Paths of the files, not the secrets. */
  readonly secrets: { readonly component: string; readonly serverKey: string; readonly seal: string }
  readonly mor: {
    readonly profile: ProfileName
    readonly groups: readonly string[]
    readonly contexts: number
    readonly routeLength: number
    readonly extraHops: number
    /** Both in hundredths. */
    readonly loops: number
    readonly loopAlarm: number
  }
  /** `patience` in seconds. */
  readonly delivery: { readonly patience: number }
  readonly visits: { readonly most: number }
  /** `delay` in seconds. */
  readonly pseudonyms: { readonly most: number; readonly delay: number }
  readonly federation: {
    readonly policy: 'open' | 'list' | 'off'
    readonly peers: readonly PeerConfig[]
    /** `holdDown` in milliseconds. */
    readonly keyPolicy: { readonly holdDown: number; readonly quorum: number }
  }
  /** `resolver` is null for those of the machine, `keyServer` where no record points to one; without anchors, IANA's count. */
  readonly dns: {
    readonly resolver: string | null
    readonly keyServer: Domain | null
    readonly trustAnchors: readonly string[]
  }
  /** `listen` is null where there is no key server, `tls` where it speaks none; that has the paths of PEM files. */
  readonly http: {
    readonly listen: { readonly host: string; readonly port: number } | null
    readonly tls: { readonly certificate: string; readonly key: string } | null
  }
  /** `listen` is null where no monitoring system reads. */
  readonly metrics: { readonly listen: { readonly host: string; readonly port: number } | null }
  readonly log: { readonly level: LogLevel; readonly journey: string | null }
}

/** What the secret files hold. The server key is apart: it is made at the first start. */
export interface Secrets {
  /** What the host asks of the component (XEP-0114 s3). */
  readonly component: string
  /** 32 octets under which secrets are sealed in the database. */
  readonly seal: Buffer
}

/** Names of environment variables and their values, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The configuration from a parsed TOML document. `P3DO_SECTION_KEY` in the environment wins over the file;
 * relative paths are relative to `folder`, the one that the file is in.
 * @throws PluginError `config-invalid`, which names the key
 */
export function parseConfig(raw: unknown, env: Environment, folder = '.'): Config {
  const { tables, overridden } = environmentLayer(raw, env)
  const result = v.safeParse(configSchema, tables)
  if (!result.success) throw new PluginError('config-invalid', firstMistake(result.issues, overridden))
  return deepFreeze(complete(result.output, folder))
}

const hour = 3_600_000

type Parsed = v.InferOutput<typeof configSchema>

function complete(
  { server, secrets, mor, delivery, visits, pseudonyms, federation, dns, http, metrics, log }: Parsed,
  folder: string,
): Config {
  const path = (file: string) => resolve(folder, file)
  return {
    server: {
      ...server,
      domain: ensureServer('server.domain', server.domain),
      component: server.component ?? subdomain('p3do', server.domain),
      rooms: server.rooms ?? subdomain('conference', server.domain),
      data: path(server.data),
      admins: ownUsers(server.admins, server.domain),
    },
    secrets: {
      component: path(secrets.component),
      serverKey: path(secrets.server_key),
      seal: path(secrets.seal),
    },
    mor: {
      profile: mor.profile,
      ...listedContexts(mor),
      routeLength: mor.route_length,
      extraHops: mor.extra_hops,
      loops: mor.loops,
      loopAlarm: mor.loop_alarm,
    },
    delivery: { patience: delivery.patience },
    visits,
    pseudonyms,
    federation: {
      policy: federation.policy,
      peers: completePeers(federation.peers, server.domain),
      keyPolicy: { holdDown: federation.key_hold_down * hour, quorum: federation.key_quorum },
    },
    dns: {
      resolver: dns.resolver ?? null,
      keyServer: dns.key_server ?? null,
      trustAnchors: dns.trust_anchors,
    },
    http: { listen: listenAddress('http.listen', http.listen), tls: tlsFiles(http, path) },
    metrics: { listen: listenAddress('metrics.listen', metrics.listen) },
    log: { level: log.level, journey: log.journey === undefined ? null : path(log.journey) },
  }
}

// What stands under such a domain is the plugin of the server above it, with the pseudonyms of that server (PROTO s9.3).
function ensureServer(key: string, domain: Domain): Domain {
  if (!isOfPseudonyms(domain)) return domain
  throw new PluginError(
    'config-invalid',
    `${key} must name a chat server, and ${domain} is the address of a plugin; take "p3do." away.`,
  )
}

function listedContexts({ groups, contexts }: Parsed['mor']): Pick<Config['mor'], 'groups' | 'contexts'> {
  const names = [...new Set(groups)]
  const all = names.length * contexts
  if (all <= mostListed) return { groups: names, contexts }
  throw new PluginError(
    'config-invalid',
    `mor.contexts of ${String(contexts)} in each of ${String(names.length)} mor.groups makes ${String(all)} contexts, and peers take at most ${String(mostListed)} of one server; make one of the two smaller.`,
  )
}

function ownUsers(admins: readonly UserAddress[], domain: Domain): UserAddress[] {
  if (admins.every(admin => domainOf(admin) === domain)) return [...new Set(admins)]
  throw new PluginError('config-invalid', `server.admins must be users of ${domain}; take the others out.`)
}

function listenAddress(key: string, written: string | undefined): { host: string; port: number } | null {
  if (written === undefined) return null
  const colon = written.lastIndexOf(':')
  const port = Number(written.slice(colon + 1))
  if (port > 65_535) {
    throw new PluginError('config-invalid', `${key} must have a port of at most 65535.`)
  }
  return { host: written.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port }
}

function tlsFiles(
  { certificate, certificate_key: key }: Parsed['http'],
  path: (file: string) => string,
): Config['http']['tls'] {
  if (certificate !== undefined && key !== undefined)
    return { certificate: path(certificate), key: path(key) }
  if (certificate === undefined && key === undefined) return null
  throw new PluginError(
    'config-invalid',
    `http.${key === undefined ? 'certificate_key' : 'certificate'} is missing; the two belong together.`,
  )
}

function completePeers(peers: Parsed['federation']['peers'], own: Domain): PeerConfig[] {
  const domains = new Set<Domain>([own])
  return peers.map(entry => {
    const peer = typeof entry === 'string' ? { domain: entry } : entry
    ensureServer('federation.peers', peer.domain)
    if (domains.has(peer.domain)) {
      throw new PluginError(
        'config-invalid',
        `federation.peers names ${peer.domain} twice, or it is this server; take it out.`,
      )
    }
    domains.add(peer.domain)
    return {
      domain: peer.domain,
      component: peer.component ?? subdomain('p3do', peer.domain),
      isUsual: peer.component === undefined,
      fingerprint: peer.fingerprint ?? null,
    }
  })
}

function subdomain(name: string, domain: Domain): Domain {
  return parseDomain(`${name}.${domain}`)
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value))
    if (typeof part === 'object' && part !== null) deepFreeze(part as object)
  return Object.freeze(value)
}
