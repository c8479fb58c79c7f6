// `p3do run` and `p3do check`.
import type { Config, Environment, Secrets } from '../../plugin/config.js'
import type { Running } from '../../plugin/main.js'
import { readTlsPair } from '../http/tls.js'
import { createLog, type LogOutput } from '../log.js'
import { systemClock } from '../clock.js'
import { loadSecrets, readSecretFile } from '../secret-files.js'
import { serviceManagerOf } from '../service-manager.js'
import { loadConfig } from '../toml-config.js'
import type { Input } from './passphrase.js'

/** Where the program runs: the process itself, or what a test puts there. */
export interface Surroundings {
  readonly env: Environment
  readonly out: { write(text: string): unknown }
  readonly err: LogOutput
  /** Where a passphrase may come from. */
  readonly input: Input
  /** @param reread reads the configuration anew. @throws PluginError `config-invalid` */
  start(config: Config, secrets: Secrets, reread: () => Promise<Config>): Promise<Running>
  /** Resolves when somebody asks the program to end. */
  stopRequested(): Promise<void>
}

/**
 * Runs until asked to stop.
 * @throws PluginError `config-invalid`, `secret-missing`, and what the start throws
 */
export async function run(file: string, around: Surroundings): Promise<void> {
  const stopping = around.stopRequested().then(() => null)
  const reread = (): Promise<Config> => loadConfig(file, around.env)
  const config = await reread()
  const secrets = await loadSecrets(config.secrets)
  if (config.log.journey !== null) {
    const warning =
      'log.journey is set: the file links what onion routing unlinks. Take the key out outside a laboratory.'
    createLog(config.log.level, around.err).warn({}, warning)
  }
  const manager = serviceManagerOf({
    env: around.env,
    clock: systemClock,
    log: createLog(config.log.level, around.err),
  })
  // While the host is away the start waits for it; a request to stop does not wait with it.
  const running = await Promise.race([around.start(config, secrets, reread), stopping])
  if (running === null) return
  manager.ready()
  await Promise.race([stopping, running.refused]).finally(async () => {
    await manager.stopping()
    await running.stop()
  })
}

/**
 * Reads everything that `run` reads, and says in a few lines what it found.
 * @throws PluginError `config-invalid`, `secret-missing`
 */
export async function check(file: string, around: Surroundings): Promise<void> {
  const config = await loadConfig(file, around.env)
  await loadSecrets(config.secrets)
  const { listen, tls } = config.http
  if (tls !== null) await readTlsPair(tls)
  const serverKey = await readSecretFile(config.secrets.serverKey)
  around.out.write(`The configuration is complete.
  server      ${config.server.domain} on ${config.server.host}
  component   ${config.server.component} at ${config.server.service}
  profile     ${config.mor.profile}, ${config.mor.contexts} context(s) in each of ${config.mor.groups.join(', ')}
  peers       ${config.federation.peers.map(peer => peer.domain).join(', ') || 'none'}
  server key  ${serverKey === null ? 'is made at the first start' : 'is there'}
  key server  ${listen === null ? 'none' : `at ${listen.host}:${listen.port}, ${tls === null ? 'without TLS' : 'TLS 1.3'}`}
`)
}
