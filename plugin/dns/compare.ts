// Says in words how DNS differs from what should be there.
import { PluginError } from '../errors.js'
import type { DnsSecurity } from '../ports.js'
import { parseKeyRecord, type KeyRecord } from './record.js'
import type { ZoneRecord } from './zone.js'

/** One finding; `isGood` is false where the zone must be changed. */
export interface Finding {
  readonly isGood: boolean
  readonly words: string
}

const day = 86_400
// Time enough to change a zone by hand.
const endsSoon = 30 * day

/**
 * The texts in DNS against the records that should be there. Number and end of a record change each time that one is
 * printed, so they need not be equal. `now` is in milliseconds.
 */
export function compareTexts(wanted: readonly KeyRecord[], found: readonly string[], now: number): Finding[] {
  const findings: Finding[] = []
  const present: KeyRecord[] = []
  for (const text of found) {
    const record = readRecord(text)
    if (record instanceof PluginError) findings.push(bad(record.message))
    else if (record !== null) present.push(record)
  }
  for (const record of wanted) findings.push(compareKey(record, present, now))
  const surplus = present.filter(
    record => !wanted.some(({ fingerprint }) => fingerprint === record.fingerprint),
  )
  for (const { state, fingerprint } of surplus) {
    const isHarmless = state === 'retired' || state === 'revoked'
    findings.push({
      isGood: isHarmless,
      words: `${state} key ${fingerprint} is in DNS and is not of this server`,
    })
  }
  return findings
}

/** The data in DNS of one name and type against the record that should be there. */
export function compareOctets({ type, name, octets }: ZoneRecord, found: readonly Buffer[]): Finding {
  if (found.length === 0) return bad(`${type} at ${name} is missing`)
  if (found.length > 1) return bad(`${type} at ${name} is there ${found.length} times; leave one`)
  const [only] = found
  return only?.equals(octets) === true ? good(`${type} at ${name}`) : bad(`${type} at ${name} is another one`)
}

/** What the signatures of the texts in DNS are worth. A zone without is no mistake, but whoever forges its answers is not seen. */
export function securityFinding(security: DnsSecurity): Finding {
  switch (security) {
    case 'secure':
      return good('the texts are signed from the root on (DNSSEC)')
    case 'insecure':
      return good('the texts are not signed; with DNSSEC peers could tell forged ones')
    case 'bogus':
      return bad('the texts have wrong or missing DNSSEC signatures: peers refuse them')
    case 'indeterminate':
      return good('whether the texts are signed cannot be told: this resolver does not give all DNSSEC keys')
  }
}

function readRecord(text: string): KeyRecord | PluginError | null {
  try {
    return parseKeyRecord(text)
  } catch (error) {
    if (error instanceof PluginError) return error
    throw error
  }
}

function compareKey(wanted: KeyRecord, present: readonly KeyRecord[], now: number): Finding {
  const { state, fingerprint, pointers, x509 } = wanted
  const [record, another] = present.filter(other => other.fingerprint === fingerprint)
  if (record === undefined) return bad(`${state} key ${fingerprint} is missing`)
  if (another !== undefined) return bad(`${state} key ${fingerprint} is there more than once`)
  if (record.state !== state)
    return bad(`key ${fingerprint} is ${record.state} in DNS and should be ${state}`)
  if (record.pointers.join() !== pointers.join())
    return bad(`${state} key ${fingerprint} has ks=${record.pointers.join()}, should be ${pointers.join()}`)
  if (record.x509 !== x509)
    return bad(`${state} key ${fingerprint} has ${pinWords(record.x509)}, should have ${pinWords(x509)}`)
  return compareEnd(`${state} key ${fingerprint}`, record.expires, now / 1000)
}

function pinWords(x509: string | null): string {
  return x509 === null ? 'no x5' : `x5=${x509}`
}

function compareEnd(name: string, expires: number | null, seconds: number): Finding {
  if (expires === null) return good(name)
  if (expires <= seconds) return bad(`${name} has ended; print it anew`)
  const days = Math.floor((expires - seconds) / day)
  return expires - seconds < endsSoon ? bad(`${name} ends in ${days} days; print it anew`) : good(name)
}

function good(words: string): Finding {
  return { isGood: true, words }
}

function bad(words: string): Finding {
  return { isGood: false, words }
}
