// GnuPG as judge, in a home of its own; the machine's or Debian's package, unpacked.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { debianEnvironment, ensureDebian } from './lab/debian-packages.js'

const run = promisify(execFile)

export interface Gpg {
  /** Writes octets to a file in gpg's home and gives its path. */
  file(name: string, octets: Uint8Array): Promise<string>
  /** Runs gpg; rejects when it exits with an error. */
  run(...options: string[]): Promise<{ stdout: string; stderr: string }>
  /** Validity of each user ID as gpg computes it: `u` ultimate, `f` full, `-` unknown, `r` revoked, `e` expired. */
  validities(): Promise<Record<string, string>>
  destroy(): Promise<void>
}

export interface GpgOptions {
  /** With `dirmngr`, which speaks to key servers and DNS. */
  readonly network?: boolean
  /** The only name server for its DNS, `address:port`; without it, those of the machine. */
  readonly resolver?: string
  /** The command before each of its commands, which makes it run elsewhere. */
  readonly enter?: readonly string[]
  /** Lines for dirmngr.conf. */
  readonly dirmngr?: string
}

export async function createGpg(options: GpgOptions = {}): Promise<Gpg> {
  const { network = false, resolver, enter = [], dirmngr } = options
  const programs = ['gpg', 'gpg-agent', 'gpgconf', ...(network ? ['dirmngr'] : [])]
  const isThere = programs.every(program => existsSync(join('/usr/bin', program)))
  const root = isThere ? '/' : await ensureDebian(programs)
  const libraries = root === '/' ? {} : await debianEnvironment(root)
  // The agent's socket lies here, and its path must be short.
  const home = await mkdtemp(join(tmpdir(), 'gpg-'))
  const env = { ...process.env, ...libraries, GNUPGHOME: home, LC_ALL: 'C' }
  const helpers = ['--agent-program', join(root, 'usr/bin/gpg-agent')]
  const always = ['--batch', '--no-tty', ...helpers, '--dirmngr-program', join(root, 'usr/bin/dirmngr')]
  const [program = '', ...before] = [
    ...enter,
    ...(await commandOf(join(root, 'usr/bin/gpg'), home, resolver)),
  ]
  const gpg = (...words: string[]) => run(program, [...before, ...always, ...words], { env })
  if (dirmngr !== undefined) await writeFile(join(home, 'dirmngr.conf'), dirmngr)
  return {
    run: gpg,
    async file(name, octets) {
      await writeFile(join(home, name), octets, { mode: 0o600 })
      return join(home, name)
    },
    async validities() {
      await gpg('--check-trustdb')
      const { stdout } = await gpg('--with-colons', '--list-keys')
      const lines = stdout.split('\n').map(line => line.split(':'))
      return Object.fromEntries(
        lines.filter(([kind]) => kind === 'uid').map(line => [unescape(line[9] ?? ''), line[1] ?? '']),
      )
    },
    async destroy() {
      await run(join(root, 'usr/bin/gpgconf'), ['--kill', 'all'], { env })
      await rm(home, { recursive: true })
    },
  }
}

// dirmngr reads one file only, whatever its options say: it sees another in a mount namespace of its own (unshare(1)).
async function commandOf(gpg: string, home: string, resolver: string | undefined): Promise<string[]> {
  if (resolver === undefined) return [gpg]
  const [address = '', port = ''] = resolver.split(':')
  const file = join(home, 'resolv.conf')
  await writeFile(file, `nameserver [${address}]:${port}\n`)
  const script = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'
  return ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', script, file, gpg]
}

function unescape(text: string): string {
  return text.replaceAll(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
}
