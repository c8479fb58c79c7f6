// A real name server of the laboratory: Debian's knot on loopback, ended by its process id (knotd(8), knotc(8)).
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { debianEnvironment, ensureDebian } from './debian-packages.js'
import {
  configuration,
  delegationsBelow,
  prepareZones,
  writeZone,
  type Knot,
  type Zone,
} from './knot-zones.js'
import { startProcess } from './process.js'
import { freePort, untilOpen } from './sockets.js'

export type { Zone } from './knot-zones.js'

export interface NameServer {
  /** Address and port, as `dns.resolver` of the configuration has it. */
  readonly resolver: string
  readonly port: number
  /** Keys of its own root, as `dns.trust_anchors` of the configuration has them; empty where it has no signed root. */
  readonly trustAnchors: readonly string[]
  /** Puts other records into a zone that it signs itself, or that is not signed; resolves when it answers with them. */
  change(domain: string, records: readonly string[]): Promise<void>
  stop(): Promise<void>
}

/** What it is unpacked from. */
export const knotPackages = ['knot', 'knot-dnssecutils'] as const

/** Starts it with an unsigned zone for a domain, whose records are lines of a zone file; resolves when it answers. */
export function startKnot(domain: string, records: readonly string[]): Promise<NameServer> {
  return startKnotWith([{ domain, records }])
}

/** The zones with the root and `example` above them, both signed. */
export function startSignedKnot(zones: readonly Zone[]): Promise<NameServer> {
  const above = ['.', 'example'].map((domain): Zone => ({ domain, records: [], signing: 'signed' }))
  return startKnotWith([...above, ...zones])
}

async function startKnotWith(zones: readonly Zone[]): Promise<NameServer> {
  const root = await ensureDebian(knotPackages)
  const port = await freePort()
  // Not in the test's folder: the path of its control socket must be short (unix(7)).
  const folder = await mkdtemp(join(tmpdir(), 'p3do-knot-'))
  const knot = { root, folder, env: { ...process.env, ...(await debianEnvironment(root)) } }
  await writeFile(join(folder, 'knot.conf'), configuration(knot, zones, port))
  const trustAnchors = await prepareZones(knot, zones)
  const server = startProcess(join(root, 'usr/sbin/knotd'), ['-c', join(folder, 'knot.conf')], {
    cwd: folder,
    env: knot.env,
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
  let serial = 1
  return {
    resolver: `127.0.0.1:${port}`,
    port,
    trustAnchors,
    async change(domain, records) {
      serial += 100 // signing counts it up as well
      await writeZone(
        knot,
        { domain, records },
        await delegationsBelow(knot, { domain, records }, zones),
        serial,
      )
      await control(knot, ['-b', 'zone-reload', `${domain}.`])
    },
    stop,
  }
}

async function control({ root, env, folder }: Knot, args: readonly string[]): Promise<void> {
  const program = join(root, 'usr/sbin/knotc')
  await promisify(execFile)(program, ['-c', join(folder, 'knot.conf'), ...args], { env })
}
