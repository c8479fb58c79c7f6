// `p3do doctor`: what is right and wrong with an installation, and what to change.
import { stat } from 'node:fs/promises'
import type { Config } from '../../plugin/config.js'
import { PluginError } from '../../plugin/errors.js'
import { consultDoctor, ok, reportJson, reportText, unknown, verdictOf, wrong } from '../doctor/index.js'
import type { Finding } from '../doctor/index.js'
import { loadConfig } from '../toml-config.js'
import { zoneFindings } from './dns.js'
import type { Surroundings } from './run.js'

/** As commander gives them. */
export interface DoctorCommandOptions {
  readonly config: string
  readonly json?: boolean
}

/** Prints what it found. @throws PluginError `config-invalid` where something is wrong, and for a configuration that cannot be read */
export async function doctor(
  { config: configFile, json }: DoctorCommandOptions,
  { env, out }: Surroundings,
): Promise<void> {
  const config = await loadConfig(configFile, env)
  const reports = await consultDoctor({ config, configFile, zone: () => zone(config) })
  out.write(json === true ? reportJson(reports) : reportText(reports))
  if (verdictOf(reports) !== 'wrong') return
  const all = reports.flatMap(({ findings }) => findings)
  const count = all.filter(({ verdict }) => verdict === 'wrong').length
  throw new PluginError(
    'config-invalid',
    `${count === 1 ? 'One thing is' : `${String(count)} things are`} wrong; see above what to change.`,
  )
}

async function zone(config: Config): Promise<Finding[]> {
  const isThere = await stat(config.secrets.serverKey).catch(() => null)
  if (isThere === null)
    return [unknown('The server key is made at the first start; then p3do dns prints the lines.')]
  const findings = await zoneFindings(config)
  const fix = 'Put the lines that p3do dns prints into the zone, in place of what was there.'
  return findings.map(({ isGood, words }) => (isGood ? ok(`${words}.`) : wrong(`${words}.`, fix)))
}
