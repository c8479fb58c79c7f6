// Two federated servers, one of which comes back with another key that the old one does not vouch for.
import type { Test } from 'tap'
import { createFederated, memoryKeyFile, type AddOptions, type FederatedServer } from './_federated.js'

export const start = Date.UTC(2026, 0, 1)

/** Servers a and b that are federated; c and others only where they are named. */
export async function federated(t: Test, others: readonly string[] = [], options: AddOptions = {}) {
  const lab = createFederated(start)
  const names = ['a', 'b', ...others]
  const servers: FederatedServer[] = []
  const add = async (name: string, more: AddOptions = {}): Promise<FederatedServer> => {
    const peers = names.filter(other => other !== name)
    const server = await lab.add(name, { peers, exchange: false, ...options, ...more })
    t.teardown(() => {
      server.stop()
    })
    return server
  }
  for (const name of names) servers.push(await add(name))
  for (const { federation } of servers) federation.start()
  await lab.pass(5000)
  const [a, b] = servers as [FederatedServer, FederatedServer]
  /** Stops a server and starts another one of its name, with a key of its own unless one is given. */
  const replace = async (server: FederatedServer, more: AddOptions = {}): Promise<FederatedServer> => {
    server.stop()
    const other = await add(server.domain.slice(0, 1), { keyFile: memoryKeyFile(), ...more })
    other.federation.start()
    return other
  }
  /** A stop and a start with what the server keeps. */
  const restart = ({ keyFile, store, ...server }: FederatedServer): Promise<FederatedServer> =>
    replace({ keyFile, store, ...server }, { keyFile, store })
  return { ...lab, add, replace, restart, a, b, others: servers.slice(2) }
}

/** As above, with an impostor in b's place, at whom a has looked. */
export async function swapped(t: Test, others: readonly string[] = [], options: AddOptions = {}) {
  const lab = await federated(t, others, options)
  const impostor = await lab.replace(lab.b)
  lab.a.federation.lookNow(lab.b.domain)
  await lab.pass(1000)
  return { ...lab, impostor }
}
