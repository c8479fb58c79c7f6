// OpenSSL as judge of X.509; the machine's or Debian's package, unpacked.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { debianEnvironment, ensureDebian } from './lab/debian-packages.js'

const run = promisify(execFile)

export interface Openssl {
  /** Writes a file in the folder and gives its path. */
  file(name: string, octets: Uint8Array | string): Promise<string>
  /** Runs it; rejects with what it says when it exits with an error. Gives both outputs. */
  run(...options: string[]): Promise<string>
}

/** @param folder where its files go */
export async function createOpenssl(folder: string): Promise<Openssl> {
  const root = existsSync('/usr/bin/openssl') ? '/' : await ensureDebian(['openssl'])
  const libraries = root === '/' ? {} : await debianEnvironment(root)
  const env = { ...process.env, ...libraries, OPENSSL_CONF: '/dev/null' }
  return {
    async file(name, octets) {
      await writeFile(join(folder, name), octets)
      return join(folder, name)
    },
    async run(...options) {
      const { stdout, stderr } = await run(join(root, 'usr/bin/openssl'), options, { env })
      return stdout + stderr
    },
  }
}
