// A real name server of the laboratory: Debian's knot with one zone, on loopback, ended by its process id (knotd(8)).
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { debianEnvironment, ensureDebian } from './debian-packages.js'
import { startProcess } from './process.js'
import { untilOpen } from './sockets.js'

export interface NameServer {
  /** Address and port, as `dns.resolver` of the configuration has it. */
  readonly resolver: string
  stop(): Promise<void>
}

/** Starts it with a zone for a domain, whose records are lines of a zone file; resolves when it answers. */
export async function startKnot(domain: string, records: readonly string[]): Promise<NameServer> {
  const root = await ensureDebian(['knot'])
  const port = await freePort()
  // Not in the test's folder: the path of its control socket must be short (unix(7)).
  const folder = await mkdtemp(join(tmpdir(), 'p3do-knot-'))
  await writeFile(join(folder, 'zone'), [...zoneHead(domain), ...records, ''].join('\n'))
  await writeFile(join(folder, 'knot.conf'), configuration(folder, domain, port))
  const server = startProcess(join(root, 'usr/sbin/knotd'), ['-c', join(folder, 'knot.conf')], {
    cwd: folder,
    env: { ...process.env, ...(await debianEnvironment(root)) },
    output: join(folder, 'knot.out'),
  })
  const stop = async (): Promise<void> => {
    await server.stop()
    await rm(folder, { recursive: true })
  }
  try {
    await Promise.race([untilOpen('127.0.0.1', port), server.unexpectedEnd])
  } catch (cause) {
    await stop()
    throw cause
  }
  return { resolver: `127.0.0.1:${port}`, stop }
}

function configuration(folder: string, domain: string, port: number): string {
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
zone:
  - domain: ${domain}
    file: "${folder}/zone"
`
}

// The answers of an empty zone must not be kept long by anyone: the last number of SOA.
function zoneHead(domain: string): string[] {
  return [
    `${domain}. 60 IN SOA ns.${domain}. hostmaster.${domain}. 1 3600 600 86400 1`,
    `${domain}. 60 IN NS ns.${domain}.`,
    `ns.${domain}. 60 IN A 127.0.0.1`,
  ]
}

// Asked of the kernel, since several runs may be on one machine.
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}
