// Another key server, Debian's sks 1.1.6, with the same certificates: on loopback, in a folder of its own, without rights (sks(8)).
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { debianEnvironment, ensureDebian } from '../lab/debian-packages.js'
import { startProcess } from '../lab/process.js'
import { freePort, untilOpen } from '../lab/sockets.js'

export interface Sks {
  readonly port: number
  stop(): Promise<void>
}

// Debian's program has its folders below its base, whose name must be short for the sake of its sockets (unix(7)).
const folders = ['etc/sks', 'var/lib/sks', 'var/log/sks', 'var/run/sks', 'var/spool/sks']
const here = ['-basedir', '.']

/** Fills it with certificates, raw packets, and starts it; resolves when it listens. @throws PluginError where Debian's package cannot be had */
export async function startSks(folder: string, certificates: readonly Buffer[]): Promise<Sks> {
  const root = await ensureDebian(['sks'])
  const env = { ...process.env, ...(await debianEnvironment(root)) }
  const program = join(root, 'usr/sbin/sks')
  const port = await freePort()
  for (const path of folders) await mkdir(join(folder, path), { recursive: true })
  await writeFile(join(folder, 'keys.pgp'), Buffer.concat(certificates))
  await writeFile(join(folder, 'etc/sks/sksconf'), `hkp_address: 127.0.0.1\nhkp_port: ${port}\n`)
  await promisify(execFile)(program, ['build', ...here, 'keys.pgp'], { cwd: folder, env })
  const server = startProcess(program, ['db', ...here], { cwd: folder, env, output: join(folder, 'sks.out') })
  try {
    await Promise.race([untilOpen('127.0.0.1', port), server.unexpectedEnd])
  } catch (cause) {
    await server.stop()
    throw cause
  }
  return { port, stop: server.stop }
}
