// Three servers in memory: Alice's and Carol's, on which pseudonyms are made, Bob's, and one between.
import type { Test } from 'tap'
import { parseUserAddress } from '../plugin/addresses.js'
import { startMemoryServers, type MemoryServers, type MemoryServersOptions } from './_memory-servers.js'

export const [alice, carol, bob, fox] = [
  parseUserAddress('alice@a.example'),
  parseUserAddress('carol@a.example'),
  parseUserAddress('bob@b.example'),
  parseUserAddress('fox@p3do.a.example'),
]

/** Bob has a key, and the first server knows it. */
export async function startWithBob(t: Test, options: Partial<MemoryServersOptions> = {}) {
  const lab = await startMemoryServers({ names: ['a', 'b', 'c'], ...options })
  t.teardown(() => lab.stop())
  const [a, b, c] = lab.servers
  if (!a || !b || !c) throw new Error('Three servers were asked for.')
  await b.say(bob, null, 'help')
  await lab.elapse(a.learns(bob))
  return { ...lab, a, b, c }
}

export type PseudonymLab = Awaited<ReturnType<typeof startWithBob>>

/** What the plugin answers a user of the first server. */
export async function ask({ a, elapse }: PseudonymLab, user: string, command: string): Promise<string> {
  await elapse(a.say(user, null, command))
  return a.shown.findLast(message => message.user === user && message.contact === null)?.body ?? ''
}

/** Has a user make a pseudonym and waits until others know it. */
export async function make(lab: PseudonymLab, user: string, name: string): Promise<void> {
  await ask(lab, user, `pseudonym new ${name}`)
  await lab.elapse(lab.b.learns(`${name}@p3do.a.example`))
}

/** The error with which something ends; empty where it does not. */
export async function refused(
  { elapse }: Pick<MemoryServers, 'elapse'>,
  said: Promise<unknown>,
): Promise<object> {
  return elapse(
    said.then(
      () => ({}),
      (error: unknown) => ({ ...(error as object), message: (error as Error).message }),
    ),
  )
}
