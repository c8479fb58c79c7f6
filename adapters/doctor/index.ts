// `p3do doctor`: the checks of a configuration against everything that runs, each small and in its own time.
import type { Config } from '../../plugin/config.js'
import { costOf, profiles } from '../../plugin/profiles.js'
import { systemClock } from '../clock.js'
import { fileFindings } from './files.js'
import { examine } from './examine.js'
import { ok, unknown, wrong, type Check, type CheckReport, type Finding } from './finding.js'
import { openHostAccess, type HostAccess } from './host.js'
import { keyServerFindings } from './key-server.js'
import { limitFindings } from './limits.js'
import { peerFindings } from './peers.js'
import { clockFindings, moduleFindings, roomFindings } from './questions.js'
import { portFindings } from './tls.js'
import { visitorFindings } from './visitors.js'

export { ok, unknown, wrong, type CheckReport, type Finding } from './finding.js'
export { reportJson, reportText, verdictOf } from './report.js'

export interface DoctorOptions {
  readonly config: Config
  /** Path of `p3do.toml`. */
  readonly configFile: string
  /** What is in DNS of the server's keys. */
  readonly zone: () => Promise<readonly Finding[]>
}

/** Looks at everything. What is wrong with a thing is in its report; only mistakes of the program are thrown. */
export async function consultDoctor(options: DoctorOptions): Promise<CheckReport[]> {
  const access = await openHostAccess(options.config)
  const reports = await examine(checksOf(options, access), systemClock).finally(() => access.close())
  // It opens the database itself where no plugin runs.
  return [
    ...reports,
    ...(await examine([{ name: 'keys in DNS', run: () => zoneFindings(options, access) }], systemClock)),
  ]
}

function zoneFindings({ zone }: DoctorOptions, { probe, database }: HostAccess): Promise<readonly Finding[]> {
  const canAsk = probe !== null || database === 'absent' || database === 'current'
  return canAsk
    ? zone()
    : Promise.resolve([unknown('This needs the running plugin, or a database of this version.')])
}

function checksOf({ config, configFile }: DoctorOptions, access: HostAccess): Check[] {
  const { link, probe, database, peers } = access
  const { domain, component, rooms } = config.server
  const look = (name: string, side: 'client' | 'server') => (): Promise<Finding[]> =>
    portFindings({ domain: name, side, resolver: config.dns.resolver, now: systemClock.now() })
  return [
    { name: 'files', run: () => fileFindings(config, configFile) },
    { name: 'database', run: () => Promise.resolve([databaseFinding(database)]) },
    { name: 'component link', run: () => Promise.resolve(link) },
    { name: 'rooms', run: () => roomFindings(probe, config) },
    { name: 'host module', run: () => moduleFindings(probe, config) },
    { name: 'visitors', run: () => visitorFindings(probe, config) },
    { name: 'peers', run: () => peerFindings(probe, peers) },
    { name: 'clock', run: () => clockFindings(probe, config, peers) },
    { name: 'client port', run: look(domain, 'client') },
    { name: 'server port', run: look(domain, 'server') },
    { name: 'server port, for the component', run: look(component, 'server') },
    { name: 'server port, for the rooms', run: look(rooms, 'server') },
    {
      name: 'limits',
      run: () => limitFindings({ domain: component, ...config.dns, needed: neededBy(config) }),
    },
    { name: 'key server', run: () => keyServerFindings(config, probe !== null, systemClock.now()) },
  ]
}

// A peer is taken to have as many contexts as this server.
function neededBy({ mor }: Config): number {
  const { kilobytesPerSecond } = costOf(profiles[mor.profile], mor.routeLength, mor.extraHops)
  return kilobytesPerSecond * mor.contexts * mor.groups.length
}

function databaseFinding(database: HostAccess['database']): Finding {
  switch (database) {
    case 'open':
      return ok('The database is open in the running plugin, so it is of its version.')
    case 'current':
      return ok('The database is of this version.')
    case 'older':
      return ok('The database is of an older version, and is brought up to this one at the next start.')
    case 'absent':
      return unknown('There is no database yet; it is made at the first start.')
    case 'newer':
      return wrong(
        'The database was written by a newer version of P3DO.',
        'Start that version, or restore a backup from before it.',
      )
  }
}
