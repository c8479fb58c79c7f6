// Zones of the laboratory's name server, signed by Debian's knot itself (keymgr(8), kzonesign(1), knot.conf(5)).
import { execFile } from 'node:child_process'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface Zone {
  /** Its parents must be there too, up to the root, which is `.`, if it is signed. */
  readonly domain: string
  /** Lines of a zone file. */
  readonly records: readonly string[]
  /**
   * `signed` by the server while it runs. Of the others, signed before it starts, the signatures are of no use: `broken`
   * ones are of other texts than those in `records`, `expired` ones ended weeks ago. `orphan`: the parent has no DS.
   */
  readonly signing?: 'signed' | 'broken' | 'expired' | 'orphan'
}

/** Programs of an unpacked root, and where configuration, keys and zones are. */
export interface Knot {
  readonly root: string
  readonly env: NodeJS.ProcessEnv
  readonly folder: string
}

const run = promisify(execFile)
const monthInSeconds = 30 * 86_400

/** The text of `knot.conf`. */
export function configuration({ folder }: Knot, zones: readonly Zone[], port: number): string {
  return `server:
    rundir: "${folder}"
    listen: 127.0.0.1@${port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: info
database:
    storage: "${folder}"
policy:
  - id: laboratory
    manual: on
    rrsig-lifetime: 7d
template:
  - id: default
    storage: "${folder}"
    zonefile-sync: -1
    journal-content: none
    dnssec-policy: laboratory
zone:
${zones.map(zoneLines).join('')}`
}

function zoneLines({ domain, signing }: Zone): string {
  const online = signing === 'signed' || signing === 'orphan'
  return `  - domain: "${domain}"\n    file: "${fileOf(domain)}"\n    dnssec-signing: ${online ? 'on' : 'off'}\n`
}

/** Makes keys and zone files. Returns the keys of the root in the form that a configuration has. */
export async function prepareZones(knot: Knot, zones: readonly Zone[]): Promise<string[]> {
  const signed = zones.filter(({ signing }) => signing !== undefined)
  for (const { domain } of signed) await makeKey(knot, domain)
  for (const zone of zones) await writeZone(knot, zone, await delegationsBelow(knot, zone, zones))
  for (const { domain, signing, records } of zones) {
    if (signing === 'broken' || signing === 'expired') await signAhead(knot, domain, signing)
    if (signing === 'broken') await alter(knot, domain, records)
  }
  return signed.some(({ domain }) => domain === '.')
    ? (await delegationOf(knot, '.')).map(line => line.replace(/^.* DS /, '').replaceAll(' ', ':'))
    : []
}

/** Writes the file of a zone anew; `serial` must grow. */
export async function writeZone(
  { folder }: Knot,
  { domain, records }: Zone,
  delegations: readonly string[],
  serial = 1,
): Promise<void> {
  const lines = [...headOf(domain, serial), ...delegations, ...records, '']
  await writeFile(join(folder, fileOf(domain)), lines.join('\n'))
}

/** What a zone says of those below it: their server, and their keys. */
export async function delegationsBelow(
  knot: Knot,
  { domain }: Zone,
  zones: readonly Zone[],
): Promise<string[]> {
  const below = zones.filter(
    other => other.domain !== '.' && other.domain !== domain && parentOf(other.domain, zones) === domain,
  )
  const each = below.map(async ({ domain: child, signing }) => [
    `${child}. 60 IN NS ns.${child}.`,
    `ns.${child}. 60 IN A 127.0.0.1`,
    ...(signing === undefined || signing === 'orphan' ? [] : await delegationOf(knot, child)),
  ])
  return (await Promise.all(each)).flat()
}

function parentOf(domain: string, zones: readonly Zone[]): string | undefined {
  const above = zones.filter(zone => zone.domain === '.' || domain.endsWith(`.${zone.domain}`))
  const parents = above.filter(zone => zone.domain !== domain).map(zone => zone.domain)
  return parents.sort((one, other) => other.length - one.length)[0]
}

// One key for both, as most zones have it that sign by themselves; older than its signatures.
async function makeKey(knot: Knot, domain: string): Promise<void> {
  const times = ['created', 'publish', 'ready', 'active'].map(name => `${name}=now-60d`)
  await keymgr(knot, domain, ['generate', 'algorithm=ecdsap256sha256', 'ksk=yes', 'zsk=yes', ...times])
}

// The digest that everyone knows, SHA-256 (RFC 8624 s3.3).
async function delegationOf(knot: Knot, domain: string): Promise<string[]> {
  const { stdout } = await keymgr(knot, domain, ['ds'])
  return stdout.split('\n').filter(line => / DS \d+ \d+ 2 /.test(line))
}

function keymgr({ root, env, folder }: Knot, domain: string, args: readonly string[]) {
  const program = join(root, 'usr/sbin/keymgr')
  return run(program, ['-c', join(folder, 'knot.conf'), `${domain.replace(/\.$/, '')}.`, ...args], { env })
}

async function signAhead(
  { root, env, folder }: Knot,
  domain: string,
  signing: 'broken' | 'expired',
): Promise<void> {
  const time = Math.floor(Date.now() / 1000) - (signing === 'expired' ? monthInSeconds : 0)
  const options = ['-c', join(folder, 'knot.conf'), '-o', join(folder, 'signed'), '-t', String(time)]
  await run('mkdir', ['-p', join(folder, 'signed')])
  await run(join(root, 'usr/bin/kzonesign'), [...options, `${domain}.`], { env })
  await rename(join(folder, 'signed', fileOf(domain)), join(folder, fileOf(domain)))
}

// The signature stays, the text becomes another of the same length.
async function alter({ folder }: Knot, domain: string, records: readonly string[]): Promise<void> {
  const file = join(folder, fileOf(domain))
  const signed = await readFile(file, 'utf8')
  const [, text = ''] = /TXT "([^"]+)"/.exec(records.find(record => record.includes('TXT')) ?? '') ?? []
  await writeFile(file, signed.replace(text, text.replace('id=1', 'id=2')))
}

// The answers of an empty zone must not be kept long by anyone: the last number of SOA.
function headOf(domain: string, serial: number): string[] {
  const zone = domain === '.' ? '' : domain
  const server = zone === '' ? 'ns.root-servers.example' : `ns.${zone}`
  return [
    `${zone}. 60 IN SOA ${server}. hostmaster.${zone === '' ? 'example' : zone}. ${serial} 3600 600 86400 1`,
    `${zone}. 60 IN NS ${server}.`,
    ...(zone === '' ? [] : [`${server}. 60 IN A 127.0.0.1`]),
  ]
}

function fileOf(domain: string): string {
  return domain === '.' ? 'root.zone' : `${domain}.zone`
}
