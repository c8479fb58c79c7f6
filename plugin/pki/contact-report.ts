// What the log says of contacts: a suspension once, as an alarm, and everything else that went wrong at info level.
import { PluginError } from '../errors.js'
import type { Counters, Domain, Log } from '../ports.js'
import type { Directory } from './directory.js'

export interface ContactReport {
  well(domain: Domain): void
  failed(domain: Domain, error: unknown): Promise<void>
}

export interface ContactReportOptions {
  readonly directory: Directory
  readonly counters: Counters
  readonly log: Log
}

export function createContactReport({ directory, counters, log }: ContactReportOptions): ContactReport {
  // Alarms that were given, by peer: each key that it shows is one, also after a restart.
  const alarms = new Map<Domain, string>()
  directory.suspensions.onChange(({ kind, how, suspension: { domain, known, shown } }) => {
    if (kind === 'returned') log.warn({ peer: domain, known }, 'A suspended peer shows the known key again.')
    if (kind === 'accepted')
      log.warn({ peer: domain, known, shown, how }, 'The other key of a suspended peer was accepted.')
    return Promise.resolve()
  })
  return {
    well: domain => void alarms.delete(domain),
    async failed(domain, error) {
      counters.count('federation attempts failed')
      const code = error instanceof PluginError ? error.code : 'internal'
      const reason = error instanceof PluginError ? error.message : 'An unexpected error.'
      if (code === 'certificate-outdated') counters.count('older certificates of peers refused')
      if (code === 'internal') log.error({ peer: domain, err: error }, `Not federated: ${reason}`)
      else if (code !== 'key-changed') log.info({ peer: domain }, `Not federated yet: ${reason}`)
      if (code !== 'key-changed') return
      const { known, shown, place } = (await directory.suspensions.of(domain)) ?? {}
      const alarm = `${shown ?? ''} ${reason}`
      if (alarms.get(domain) === alarm) return
      alarms.set(domain, alarm)
      log.error({ peer: domain, known, shown, place }, `A peer is suspended: ${reason}`)
    },
  }
}
