// Sequoia as judge: Debian's `sq` and `sq-wot`, unpacked.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { debianEnvironment, ensureDebian } from './lab/debian-packages.js'

const run = promisify(execFile)

export interface Sequoia {
  /** Runs `sq`; rejects when it exits with an error. */
  sq(...options: string[]): Promise<string>
  /** Whether who trusts `root` may take that user ID as belonging to that certificate, by the keyring in a file. */
  authenticates(keyring: string, root: string, fingerprint: string, userId: string): Promise<boolean>
}

/** @param more variables of its environment; `enter`: the command before each command, which makes it run elsewhere */
export async function createSequoia(
  more: Readonly<Record<string, string>> = {},
  enter: readonly string[] = [],
): Promise<Sequoia> {
  const root = await ensureDebian(['sq', 'sq-wot'])
  // Without libraries of its own: the machine had them all.
  const libraries = existsSync(join(root, 'usr/lib')) ? await debianEnvironment(root) : {}
  const env = { ...process.env, ...libraries, ...more }
  const wot = join(root, 'usr/bin/sq-wot')
  return {
    async sq(...options) {
      const [program = '', ...words] = [...enter, join(root, 'usr/bin/sq'), ...options]
      return (await run(program, words, { env })).stdout
    },
    async authenticates(keyring, trusted, fingerprint, userId) {
      const options = ['--keyring', keyring, '--trust-root', trusted, 'authenticate', userId, fingerprint]
      return run(wot, options, { env }).then(
        () => true,
        (error: unknown) => {
          // Its way to say no: exit code 1 and not a word.
          if (error instanceof Error && 'stderr' in error && error.stderr === '') return false
          throw error
        },
      )
    },
  }
}
