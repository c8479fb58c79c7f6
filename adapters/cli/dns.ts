// `p3do dns` and `p3do dns check`: the lines of the zone, and how DNS differs from them.
import type { Config } from '../../plugin/config.js'
import {
  compareOctets,
  compareTexts,
  securityFinding,
  recordName,
  serverKeys,
  zoneLine,
  zoneOf,
} from '../../plugin/dns/index.js'
import type { Finding, ServerKeys } from '../../plugin/dns/index.js'
import { PluginError } from '../../plugin/errors.js'
import type { DnsLookup } from '../../plugin/ports.js'
import { x509Pin } from '../../plugin/x509/index.js'
import { systemClock } from '../clock.js'
import { askControl } from '../control/index.js'
import { hasStore, openStore } from '../database/index.js'
import { createDnsLookup } from '../dns/index.js'
import { readSecretFile } from '../secret-files.js'
import { loadConfig } from '../toml-config.js'
import type { Surroundings } from './run.js'

/** The options of both commands as commander gives them. */
export interface DnsOptions {
  readonly config: string
  /** Key file of the key that follows the active one. */
  readonly next?: string
}

/** Prints the lines for the zone. @throws PluginError `config-invalid`, `secret-missing` */
export async function printZone(options: DnsOptions, { env, out }: Surroundings): Promise<void> {
  const keys = await ownKeys(await loadConfig(options.config, env), options.next)
  const lines = zoneOf(keys).map(record => `${zoneLine(record)}\n`)
  out.write(`; Keys of ${keys.domain}. Put these lines into its zone, in place of what was printed before.\n`)
  out.write(lines.join(''))
}

/**
 * Compares DNS with the lines and says what it found.
 * @throws PluginError `config-invalid` where the zone must be changed, `host-unreachable`, `secret-missing`
 */
export async function checkZone(options: DnsOptions, { env, out }: Surroundings): Promise<void> {
  const findings = await zoneFindings(await loadConfig(options.config, env), options.next)
  for (const { isGood, words } of findings) out.write(`${isGood ? 'good ' : 'WRONG'}  ${words}\n`)
  if (!findings.every(({ isGood }) => isGood))
    throw new PluginError('config-invalid', 'DNS is not as it should be; p3do dns prints the right lines.')
}

/** How DNS differs from the lines. @throws PluginError `host-unreachable`, `secret-missing` */
export async function zoneFindings(config: Config, next?: string): Promise<Finding[]> {
  const keys = await ownKeys(config, next)
  return compare(keys, createDnsLookup({ ...config.dns, clock: systemClock }))
}

async function compare(keys: ServerKeys, dns: DnsLookup): Promise<Finding[]> {
  const { texts, security } = await dns.texts(recordName(keys.domain))
  const findings = compareTexts(keys.records, texts, systemClock.now())
  if (texts.length > 0) findings.push(securityFinding(security))
  for (const record of zoneOf(keys)) {
    if (record.type !== 'TXT')
      findings.push(compareOctets(record, await dns.octets(record.name, record.type)))
  }
  return findings
}

async function ownKeys({ server, secrets, dns }: Config, next: string | undefined): Promise<ServerKeys> {
  const active = await keyFile(secrets.serverKey, 'it is made at the first start')
  const following = next === undefined ? null : await keyFile(next, 'name the right file with --next')
  const x509 = await authorityPin(server.data)
  const around = { component: server.component, keyServer: dns.keyServer, x509 }
  return serverKeys(server.domain, active, following, around, systemClock.now())
}

// Of the running plugin, which holds its database for itself; else of the database, where there is one yet.
async function authorityPin(data: string): Promise<string | null> {
  if (!(await hasStore(data))) return null
  try {
    const answer = await askControl(data, ['x509', 'pin'])
    return answer.startsWith('sha256:') ? answer : null
  } catch (error) {
    if (!(error instanceof PluginError && error.code === 'not-running')) throw error
  }
  const store = await openStore(data)
  try {
    const authority = await store.loadX509Authority()
    return authority && x509Pin(authority.certificate)
  } finally {
    await store.close()
  }
}

async function keyFile(file: string, remedy: string): Promise<Buffer> {
  const octets = await readSecretFile(file)
  if (octets === null) throw new PluginError('secret-missing', `There is no ${file}; ${remedy}.`)
  return octets
}
