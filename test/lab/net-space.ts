// A network of its own for programs that insist on port 443, on the name servers of /etc/resolv.conf and on the authorities
// of the machine: a namespace with nothing but loopback and a copy of /etc, which needs no root (unshare(1), nsenter(1)).
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { Server } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { debianEnvironment, ensureDebian } from './debian-packages.js'
import { createRelay } from './relay.js'

export interface NetSpace {
  /** The command before a command that shall run in it. */
  readonly enter: readonly string[]
  stop(): Promise<void>
}

export interface NetSpaceOptions {
  /** Who is asked for names, `address:port`; it must answer over TCP. */
  readonly resolver: string
  /** Ports of 127.0.0.1 in there, each with the port of this machine that connections to it lead to. */
  readonly ports: Readonly<Record<number, number>>
  /** Certificates for TLS that are trusted in there, PEM. */
  readonly authorities: string
}

/** Rejects where the machine forbids user namespaces. */
export async function startNetSpace({ resolver, ports, authorities }: NetSpaceOptions): Promise<NetSpace> {
  const folder = await mkdtemp(join(tmpdir(), 'net-'))
  const [, resolverPort] = resolver.split(':')
  const doors = { ...ports, dns: Number(resolverPort) }
  const relays = await Promise.all(
    Object.entries(doors).map(([name, port]) => listening(join(folder, name), port)),
  )
  const etc = await copyOfEtc(folder, authorities)
  const program = fileURLToPath(new URL('net-space-inside.js', import.meta.url))
  const inside = spawn(
    'unshare',
    [
      '--user',
      '--map-root-user',
      '--mount',
      '--net',
      'sh',
      '-c',
      'LD_LIBRARY_PATH="$2" "$1" link set lo up && mount --bind "$0" /etc && shift 2 && exec setpriv --pdeathsig KILL "$@"',
      etc,
      ...(await ipProgram()),
      process.execPath,
      program,
      folder,
      ...Object.keys(ports),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const ended = once(inside, 'exit')
  await Promise.race([
    once(inside.stdout, 'data'),
    ended.then(() => {
      throw new Error('No network namespace can be made: user namespaces are switched off on this machine.')
    }),
  ])
  return {
    enter: [
      'nsenter',
      '--preserve-credentials',
      '--user',
      '--mount',
      '--net',
      '--target',
      String(inside.pid),
    ],
    async stop() {
      inside.kill('SIGKILL')
      await ended
      for (const relay of relays) relay.close()
      await rm(folder, { recursive: true })
    },
  }
}

async function listening(path: string, port: number): Promise<Server> {
  const relay = createRelay({ host: '127.0.0.1', port })
  await once(relay.listen(path), 'listening')
  return relay
}

// Where its GnuTLS looks for authorities, Debian says. What only root may read is not needed.
async function copyOfEtc(folder: string, authorities: string): Promise<string> {
  const etc = join(folder, 'etc')
  await promisify(execFile)('cp', ['-r', '/etc', etc]).catch(() => undefined)
  for (const [name, text] of [
    ['resolv.conf', 'nameserver 127.0.0.1\n'],
    ['ssl/certs/ca-certificates.crt', authorities],
  ] as const) {
    await mkdir(dirname(join(etc, name)), { recursive: true })
    await rm(join(etc, name), { force: true })
    await writeFile(join(etc, name), text)
  }
  return etc
}

// Program and library folder.
async function ipProgram(): Promise<[string, string]> {
  const places = ['/usr/sbin/ip', '/sbin/ip', '/usr/bin/ip', '/bin/ip']
  const own = places.find(path => existsSync(path))
  if (own !== undefined) return [own, '']
  const root = await ensureDebian(['iproute2'])
  const { LD_LIBRARY_PATH = '' } = await debianEnvironment(root)
  return [join(root, existsSync(join(root, 'bin/ip')) ? 'bin/ip' : 'sbin/ip'), LD_LIBRARY_PATH]
}
