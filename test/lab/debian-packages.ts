// Where the laboratory's programs come from: Debian packages, unpacked into the checkout and never installed (apt-get(8), dpkg(1)).
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { PluginError } from '../../plugin/errors.js'
import { checkout } from './checkout.js'
import { lock } from './lock.js'

const run = promisify(execFile)

/** What servers and clients of the laboratory need; their libraries follow by themselves. */
export const laboratoryPackages = ['prosody', 'lua-unbound', 'lua-sec', 'go-sendxmpp'] as const

/** How far fetching and unpacking is; called for each package, and never where all is there. */
export type PackageProgress = (doing: 'fetching' | 'unpacking', number: number, of: number) => void

/**
 * Unpacks Debian packages and whatever they depend on that this machine lacks, once per checkout. Works with and without
 * root; touches nothing outside the checkout's `.lab`. Packages that the machine has already are unpacked all the same.
 * @returns the folder that stands for `/`
 * @throws PluginError `config-invalid` where that is impossible, saying what to install
 */
export async function ensureDebian(
  names: readonly string[] = laboratoryPackages,
  progress: PackageProgress = () => undefined,
): Promise<string> {
  const folder = join(checkout(), '.lab', 'debian')
  const root = join(folder, names.join('+'))
  if (existsSync(root)) return root
  const release = await lock(`debian ${root}`)
  try {
    if (!existsSync(root)) await unpack(names, folder, root, progress)
    return root
  } catch (cause) {
    if (await installed(names)) return '/'
    throw missing(names, cause)
  } finally {
    release()
  }
}

/** Environment in which programs and libraries of an unpacked root run. */
export async function debianEnvironment(root: string): Promise<Record<string, string>> {
  const libraries = (await readdir(join(root, 'usr/lib'))).find(name => name.endsWith('-linux-gnu')) ?? 'none'
  const folders = [`usr/lib/${libraries}`, `lib/${libraries}`].map(path => join(root, path))
  return {
    LD_LIBRARY_PATH: folders.join(':'),
    LUA_PATH: ['?.lua', '?/init.lua'].map(path => join(root, 'usr/share/lua/5.4', path)).join(';') + ';;',
    LUA_CPATH: join(root, `usr/lib/${libraries}/lua/5.4/?.so`) + ';;',
  }
}

// An interrupted run leaves a folder that nobody looks into; the next run removes it.
async function unpack(
  names: readonly string[],
  folder: string,
  root: string,
  progress: PackageProgress,
): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const left of await readdir(folder)) {
    if (left.startsWith(`new-${names.join('+')}-`)) await rm(join(folder, left), { recursive: true })
  }
  const fresh = await mkdtemp(join(folder, `new-${names.join('+')}-`))
  try {
    await mkdir(join(fresh, 'packages'))
    await download(names, join(fresh, 'packages'), progress)
    const files = (await readdir(join(fresh, 'packages'))).filter(file => file.endsWith('.deb'))
    for (const [number, file] of files.entries()) {
      progress('unpacking', number + 1, files.length)
      await run('setpriv', [...dying, 'dpkg', '-x', join(fresh, 'packages', file), join(fresh, 'root')])
    }
    await rename(join(fresh, 'root'), root)
  } finally {
    await rm(fresh, { recursive: true })
  }
}

// The machine's package lists may be missing or stale: then lists of our own, which need no root.
async function download(names: readonly string[], folder: string, progress: PackageProgress): Promise<void> {
  try {
    await fetchPackages(names, folder, [], progress)
  } catch {
    await mkdir(join(folder, 'lists/partial'), { recursive: true })
    await mkdir(join(folder, 'cache/archives/partial'), { recursive: true })
    const own = ['-o', `Dir::State::lists=${folder}/lists`, '-o', `Dir::Cache=${folder}/cache`]
    await run('setpriv', [...dying, 'apt-get', ...own, ...quiet, 'update'])
    await fetchPackages(names, folder, own, progress)
  }
}

const quiet = ['-q', '-o', 'APT::Sandbox::User=root', '-o', 'Acquire::Retries=3']
// Whoever is interrupted leaves nobody behind who goes on.
const dying = ['--pdeathsig', 'TERM']

async function fetchPackages(
  names: readonly string[],
  folder: string,
  options: string[],
  progress: PackageProgress,
): Promise<void> {
  const simulate = ['install', '--simulate', '--no-install-recommends', ...names]
  const { stdout } = await run('apt-get', [...options, ...quiet, ...simulate])
  const lacking = [...stdout.matchAll(/^Inst (\S+)/gm)].map(match => match[1] ?? '')
  const all = [...new Set([...names, ...lacking])]
  const words = [...dying, 'apt-get', ...options, ...quiet, 'download', ...all]
  const child = spawn('setpriv', words, { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] })
  createInterface({ input: child.stdout }).on('line', line => {
    const [, number] = /^Get:(\d+) /u.exec(line) ?? []
    if (number !== undefined) progress('fetching', Number(number), all.length)
  })
  await once(child, 'close')
  if (child.exitCode !== 0) throw new Error(`apt-get download ended with ${String(child.exitCode)}.`)
}

async function installed(names: readonly string[]): Promise<boolean> {
  try {
    const { stdout } = await run('dpkg-query', ['-W', '-f', '${db:Status-Status}\n', ...names])
    return stdout
      .trim()
      .split('\n')
      .every(status => status === 'installed')
  } catch {
    return false
  }
}

function missing(names: readonly string[], cause: unknown): PluginError {
  const message = `The laboratory needs Debian packages and could not download them; run: apt-get install ${names.join(' ')}`
  return new PluginError('config-invalid', message, { cause })
}
