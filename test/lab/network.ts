// Three real servers, a, b and c.example, on loopback addresses of their own, with a user each.
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { startNames, type Names } from './network-names.js'
import { tryLock } from './lock.js'
import type { Release } from './lock.js'
import { startEjabberd } from './ejabberd.js'
import type { HostServer } from './host-server.js'
import { startProsody, type ProsodyOptions } from './prosody.js'

export interface LabUser {
  /** Bare address, e.g. `alice@a.example`. */
  readonly address: string
  readonly password: string
  /** Address and port of the home server. */
  readonly server: string
}

export interface Network {
  /** By their letters. */
  readonly servers: Readonly<Record<ServerName, HostServer>>
  readonly users: Readonly<Record<ServerName, LabUser>>
  /** Another account at c, for somebody whose own server is another one. */
  readonly guest: LabUser
  /** Third octet of the addresses. */
  readonly subnet: number
  /** Name server with a signed zone for each, where `dns` was wanted. */
  readonly names: Names | null
  /** Ends every server; nothing is left running. */
  stop(): Promise<void>
}

export type ServerName = 'a' | 'b' | 'c'

export interface NetworkOptions extends Partial<
  Omit<ProsodyOptions, 'domain' | 'address' | 'hosts' | 'accounts'>
> {
  readonly folder: string
  /** Third octet of the addresses, 127.0.N.2 to 127.0.N.4; by default the first that no other network here uses. */
  readonly subnet?: number
  /** The names are in a real name server's zones, where plugins find each other, and not in files. */
  readonly dns?: boolean
  /** Which of them are ejabberd; all others are Prosody, and what is asked of Prosody alone goes to them. */
  readonly ejabberd?: readonly ServerName[]
  /** Which of the Prosodys let users alone make rooms. */
  readonly restricted?: readonly ServerName[]
  /** At which address a server finds another one; by default at the other's own. */
  readonly via?: (from: ServerName, subnet: number, to: ServerName) => string
}

const localparts: Readonly<Record<ServerName, string>> = { a: 'alice', b: 'bob', c: 'carol' }
const names = ['a', 'b', 'c'] as const

/** Starts the servers at once, Prosody unless it is said otherwise, with random secrets and passwords. On failure none is left running. */
export async function startNetwork(options: NetworkOptions): Promise<Network> {
  const { subnet, release } = await takeSubnet(options.subnet)
  const address = (name: ServerName) => `127.0.${subnet}.${names.indexOf(name) + 2}`
  const hosts = new Map(names.map(name => [`${name}.example`, address(name)]))
  const seenBy = (name: ServerName): ReadonlyMap<string, string> =>
    new Map(
      names.map(other => {
        const isOther = other !== name && options.via !== undefined
        return [`${other}.example`, isOther ? options.via(name, subnet, other) : address(other)]
      }),
    )
  const users = perServer(name => newUser(localparts[name], name, address(name)))
  const guest = newUser('guest', 'c', address('c'))
  const zones = options.dns === true ? await startNames(hosts) : null
  const started = names.map(async name => {
    const folder = join(options.folder, name)
    await mkdir(folder, { recursive: true })
    const passwords: [string, string][] = [[localparts[name], users[name].password]]
    const accounts = new Map(name === 'c' ? [...passwords, ['guest', guest.password]] : passwords)
    const own = { folder, domain: `${name}.example`, address: address(name), hosts: seenBy(name), accounts }
    const resolver = zones === null ? {} : { resolver: zones.server.resolver }
    const rooms = options.restricted?.includes(name) === true && {
      roomLines: [...(options.roomLines ?? []), 'restrict_room_creation = "local"'],
    }
    const secret = { componentSecret: options.componentSecret ?? randomBytes(32).toString('hex') }
    return options.ejabberd?.includes(name) === true
      ? startEjabberd({ ...secret, ...own })
      : startProsody({ ...options, ...rooms, ...secret, ...own, ...resolver })
  })
  const stop = async () => {
    for (const result of await Promise.allSettled(started))
      if (result.status === 'fulfilled') await result.value.stop()
    await zones?.server.stop()
    release()
  }
  try {
    const [a, b, c] = await Promise.all(
      started as [Promise<HostServer>, Promise<HostServer>, Promise<HostServer>],
    )
    return { servers: { a, b, c }, users, guest, subnet, names: zones, stop }
  } catch (cause) {
    await stop()
    throw cause
  }
}

function perServer<Value>(make: (name: ServerName) => Value): Record<ServerName, Value> {
  return { a: make('a'), b: make('b'), c: make('c') }
}

function newUser(localpart: string, name: ServerName, server: string): LabUser {
  const password = randomBytes(16).toString('hex')
  return { address: `${localpart}@${name}.example`, password, server: `${server}:5222` }
}

async function takeSubnet(wanted: number | undefined): Promise<{ subnet: number; release: Release }> {
  for (let subnet = wanted ?? 0; subnet < 255; subnet++) {
    const release = await tryLock(`network ${subnet}`)
    if (release) return { subnet, release }
    if (wanted !== undefined) break
  }
  throw new Error('All laboratory networks of this machine are in use.')
}
