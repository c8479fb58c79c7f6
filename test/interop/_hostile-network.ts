// The three-server network with its plugins, and attackers in it: an account on a and on b, a component behind c.
import { randomBytes } from 'node:crypto'
import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startNetwork, type LabUser, type Network } from '../lab/network.js'
import { startPlugins, type Plugins } from '../lab/plugins.js'
import { openComponentStream, openUserStream, type HostileStream } from './_hostile-stream.js'

export type Party = 'local' | 'remote' | 'component'

export interface HostileNetwork {
  readonly network: Network
  readonly plugins: Plugins
  readonly parties: Readonly<Record<Party, HostileStream>>
  /** One more stream of the attacker on a. */
  again(): Promise<HostileStream>
  /** Kills the plugin of c, which would come back, and attaches in its place. */
  replacePluginOfC(): Promise<HostileStream>
  stop(): Promise<void>
}

const component = 'evil.c.example'

/** Starts all of it; the attackers are online. */
export async function startHostileNetwork(folder: string): Promise<HostileNetwork> {
  const network = await startNetwork({ folder, tap: true })
  const { servers } = network
  const secret = randomBytes(16).toString('hex')
  const at = servers.c.address
  const lines = `Component "${component}"\n  component_secret = "${secret}"\n`
  await appendFile(join(folder, 'c', 'prosody.cfg.lua'), lines)
  for (const name of ['a', 'b', 'c']) await appendFile(join(folder, name, 'hosts'), `${at} ${component}\n`)
  const [onA, onB] = [
    await addAccount(folder, 'a', servers.a.address),
    await addAccount(folder, 'b', servers.b.address),
  ]
  await Promise.all(Object.values(servers).map(server => server.restart()))
  const plugins = await startPlugins({ folder, servers, profile: 'fast' })
  const parties = {
    local: await openUserStream(onA),
    remote: await openUserStream(onB),
    component: await openComponentStream(at, servers.c.component.port, component, secret),
  }
  return {
    network,
    plugins,
    parties,
    again: () => openUserStream(onA),
    replacePluginOfC: async () => {
      await plugins.plugins.c.kill()
      const { domain, port, secret: own } = servers.c.component
      return openComponentStream(at, port, domain, own)
    },
    stop: async () => {
      for (const party of Object.values(parties)) party.close()
      await plugins.stop()
      await network.stop()
    },
  }
}

async function addAccount(folder: string, name: string, address: string): Promise<LabUser> {
  const password = randomBytes(16).toString('hex')
  const accounts = join(folder, name, 'data', `${name}%2eexample`, 'accounts')
  await mkdir(accounts, { recursive: true })
  await writeFile(join(accounts, 'mallory.dat'), `return { ["password"] = "${password}" };\n`, {
    mode: 0o600,
  })
  return { address: `mallory@${name}.example`, password, server: `${address}:5222` }
}
