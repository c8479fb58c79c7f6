// Which key a domain's records in DNS name: one or none, never a choice of several (PROTO s9.5).
import { PluginError } from '../errors.js'
import type { Domain, Fingerprint } from '../ports.js'
import { parseKeyRecord, type KeyRecord } from './record.js'

/** Where the records of a domain stand. */
export function recordName(domain: Domain): string {
  return `_p3do.${domain}`
}

/**
 * The records among the texts at that name.
 * @throws PluginError `certificate-invalid` where one is broken, or several keys are active
 */
export function keyRecords(texts: readonly string[]): KeyRecord[] {
  try {
    return texts.map(parseKeyRecord).filter(record => record !== null)
  } catch (cause) {
    const message = 'DNS has a broken record for a peer; its admin can see with p3do dns check what is wrong.'
    throw new PluginError('certificate-invalid', message, { cause })
  }
}

/** The one key that is active now. @throws PluginError `certificate-invalid` where several are */
export function activeRecord(records: readonly KeyRecord[]): KeyRecord | null {
  const [active, ...others] = records.filter(({ state }) => state === 'active')
  if (others.some(({ fingerprint }) => fingerprint !== active?.fingerprint))
    throw refused('DNS has several active keys for a peer; its admin must leave one, as p3do dns prints it.')
  return active ?? null
}

/**
 * Checks a certificate against the records that are in force.
 * @throws PluginError `certificate-invalid` where they name another key, several, or this one as past
 */
export function ensureNamed(records: readonly KeyRecord[], fingerprint: Fingerprint): void {
  const active = activeRecord(records)
  const isPast = records.some(
    record =>
      record.fingerprint === fingerprint && (record.state === 'revoked' || record.state === 'retired'),
  )
  const isOther = active !== null && active.fingerprint !== fingerprint
  if (isOther || isPast)
    throw refused(
      'A peer shows another key than its records in DNS name as active. Ask its admin which one is right; pin that one in federation.peers.',
    )
}

function refused(message: string): PluginError {
  return new PluginError('certificate-invalid', message)
}
