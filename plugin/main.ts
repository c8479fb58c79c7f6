// The composition root: the one place that knows which adapters stand behind the ports.
import { systemClock } from '../adapters/clock.js'
import { startControl } from '../adapters/control/index.js'
import { createCounters } from '../adapters/counters.js'
import { openStore } from '../adapters/database/index.js'
import { createDnsLookup } from '../adapters/dns/index.js'
import { createCertificateFetcher } from '../adapters/http/certificate-fetcher.js'
import { createLog } from '../adapters/log.js'
import { systemRandom } from '../adapters/random.js'
import { createJourney } from '../adapters/journey.js'
import { keyFileAt } from '../adapters/secret-files.js'
import { startWorkThread } from '../adapters/worker/index.js'
import { programVersion } from '../adapters/version.js'
import { createXmppHost, type HostProbe } from '../adapters/xmpp/index.js'
import type { Config, Secrets } from './config.js'
import type { Clock, Counters, Log, LogLevel, PeerAddress } from './ports.js'
import { createReload } from './reload.js'
import { createSealer } from './sealer.js'
import { startService, type Service } from './service.js'
import { watchTlsEnd } from './tls-end.js'

/** A started plugin. */
export interface Running {
  /** Rejects with the reason when the host refuses the plugin for good; never resolves. */
  readonly refused: Promise<never>
  stop(): Promise<void>
}

/**
 * Starts the plugin as `p3do run` does.
 * @param reread reads the configuration anew, for `p3do reload`
 * @throws PluginError that names cause and fix
 */
export async function start(
  config: Config,
  secrets: Secrets,
  reread: () => Promise<Config>,
): Promise<Running> {
  const log = createLog(config.log.level)
  const counters = createCounters()
  const { domain, component, service, rooms } = config.server
  const shared = { clock: systemClock, random: systemRandom, counters, log }
  const work = startWorkThread()
  const store = await openStore(config.server.data)
  const host = createXmppHost({ ...shared, service, component, rooms, domain, secret: secrets.component })
  const refused = new Promise<never>((_, reject) => {
    host.onRefused(reject)
  })
  const adjustable = {
    admins: [...config.server.admins],
    setLogLevel: (level: LogLevel) => void (log.level = level),
  }
  const starting = startService({
    ...shared,
    ...settingsOf(config),
    version: programVersion(),
    domain,
    ...adjustable,
    reload: createReload({ ...adjustable, config, reread }),
    contactAddress: `bob\\40b.example@${component}`,
    host,
    store,
    work,
    dns: createDnsLookup({ ...config.dns, clock: systemClock }),
    fetcher: createCertificateFetcher(config.dns),
    sealer: createSealer(secrets.seal),
    keyFile: keyFileAt(config.secrets.serverKey),
    trace: config.log.journey === null ? () => undefined : createJourney(config.log.journey),
  })
  // The host may refuse while the start waits for its answers.
  const started = await Promise.race([starting, refused])
  const doors = await openDoors(config, started, {
    ...shared,
    probe: host.probe,
    snapshot: () => store.snapshot(),
  })
  log.info({ server: domain, fingerprint: started.fingerprint }, 'P3DO is running.')
  return {
    refused,
    async stop() {
      for (const door of doors) await door.stop()
      await started.stop()
      await work.stop()
      log.info({ counters: counters.snapshot() }, 'P3DO has stopped.')
    },
  }
}

// What of the configuration the plugin takes as it is written.
function settingsOf({ mor, delivery, visits, pseudonyms, federation }: Config) {
  const { policy, keyPolicy, peers } = federation
  return {
    ...mor,
    patience: delivery.patience * 1000,
    mostVisits: visits.most,
    pseudonyms: { ...pseudonyms, delay: pseudonyms.delay * 1000 },
    policy,
    keyPolicy,
    peers: peers.map(peer => ({ ...peer, address: peer.component as string as PeerAddress })),
  }
}

// The framework for the web takes 15 MB, and a server need not listen anywhere.
const web = () => import('../adapters/http/index.js')

/** Where requests come in from outside the host. */
interface Door {
  stop(): Promise<void>
}

interface Shared {
  readonly clock: Clock
  readonly counters: Counters
  readonly log: Log
  readonly probe: HostProbe
  readonly snapshot: () => Promise<string>
}

async function openDoors(
  { server, http: { listen, tls }, metrics }: Config,
  service: Service,
  shared: Shared,
): Promise<Door[]> {
  const { keyServer, x509, operate } = service
  const doors: Door[] = []
  try {
    doors.push(await startControl({ ...shared, folder: server.data, operate }))
    const shows = watchTlsEnd({ ...shared, alarm: service.alarm })
    if (listen !== null)
      doors.push(await (await web()).startHttp({ ...shared, listen, tls, keyServer, x509, shows }))
    if (metrics.listen !== null) doors.push(await (await web()).startMetrics(metrics.listen, service.metrics))
    return doors
  } catch (error) {
    for (const door of doors) await door.stop()
    await service.stop()
    throw error
  }
}
