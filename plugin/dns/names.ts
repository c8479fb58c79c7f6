// Which key a domain's records in DNS name: one or none, never a choice of several (PROTO s9.5).
import { PluginError } from '../errors.js'
import type { Domain, Fingerprint } from '../ports.js'
import { parseKeyRecord, type KeyRecord, type KeyState } from './record.js'

/** Where the records of a domain stand. */
export function recordName(domain: Domain): string {
  return `_p3do.${domain}`
}

/** The records among the texts at that name. @throws PluginError `bad-format` where one is broken */
function keyRecords(texts: readonly string[]): KeyRecord[] {
  return texts.map(parseKeyRecord).filter(record => record !== null)
}

/**
 * Checks a certificate that nothing is known of yet against the texts in DNS. Records that have ended say nothing.
 * `now` is in milliseconds.
 * @throws PluginError `certificate-invalid` where DNS names another key, several, or this one as past
 */
export function ensureNamed(texts: readonly string[], fingerprint: Fingerprint, now: number): void {
  const records = keyRecords(readable(texts)).filter(
    ({ expires }) => expires === null || expires * 1000 > now,
  )
  const those = (state: KeyState): Fingerprint[] =>
    records.filter(record => record.state === state).map(record => record.fingerprint)
  const active = new Set(those('active'))
  if (active.size > 1)
    throw refused('DNS has several active keys for a peer; its admin must leave one, as p3do dns prints it.')
  const isOther = active.size === 1 && !active.has(fingerprint)
  if (isOther || those('revoked').includes(fingerprint) || those('retired').includes(fingerprint))
    throw refused(
      'A peer shows another key than its records in DNS name as active. Ask its admin which one is right; pin that one in federation.peers.',
    )
}

function readable(texts: readonly string[]): readonly string[] {
  try {
    keyRecords(texts)
    return texts
  } catch (cause) {
    const message = 'DNS has a broken record for a peer; its admin can see with p3do dns check what is wrong.'
    throw new PluginError('certificate-invalid', message, { cause })
  }
}

function refused(message: string): PluginError {
  return new PluginError('certificate-invalid', message)
}
