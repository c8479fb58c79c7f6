// One key of a server as it stands in DNS: `v=P3DO1; st=active; fpr=04…; id=…; exp=…; ks=…; x5=…` (PROTO s9.5).
import { PluginError } from '../errors.js'
import { parseFingerprint } from '../fingerprint.js'
import type { Fingerprint } from '../ports.js'

const states = ['active', 'next', 'retired', 'revoked'] as const
export type KeyState = (typeof states)[number]

/** What a record says of a key. */
export interface KeyRecord {
  readonly state: KeyState
  readonly fingerprint: Fingerprint
  /** Grows with every change of the records. */
  readonly id: number
  /** When the record ends, in seconds since 1970; null where it does not. */
  readonly expires: number | null
  /** Where the key can be fetched, the best place first; `,` and `;` in them are percent-encoded. */
  readonly pointers: readonly string[]
  /** Pin of the domain's X.509 authority, `sha256:…` (PROTO s9.6); null where there is none, or one of a form that is not known here. */
  readonly x509: string | null
}

/** The longest record, in octets: with its like it fits into one answer of DNS. */
export const longestRecord = 1024
const mostPointers = 8

const start = /^v\s*=\s*P3DO1\s*(?:;|$)/
const tag = /^\s*([a-z][a-z0-9]{0,15})\s*=\s*([\x20-\x3a\x3c-\x7e]*?)\s*$/
const pin = /^sha256:[A-Za-z0-9_-]{43}$/
const pointer = /^(?:hkps|https|xmpp):[\x21-\x2b\x2d-\x3a\x3c-\x7e]{1,253}$/

/**
 * Reads a text of DNS, its strings joined. `null`: it is no such record; a tag that is not known is passed over.
 * @throws PluginError `bad-format` for a record that is broken
 */
export function parseKeyRecord(text: string): KeyRecord | null {
  if (!start.test(text)) return null
  if (text.length > longestRecord) throw broken('is too long')
  const tags = parseTags(text)
  const state = states.find(name => name === tags.get('st'))
  if (state === undefined) throw broken(`must have st, one of ${states.join(', ')}`)
  return {
    state,
    fingerprint: parseStrictFingerprint(tags.get('fpr')),
    id: parseNumber('id', tags.get('id')),
    expires: tags.has('exp') ? parseNumber('exp', tags.get('exp')) : null,
    pointers: parsePointers(tags.get('ks')),
    x509: pin.exec(tags.get('x5') ?? '')?.[0] ?? null,
  }
}

/** Writes a record. The result parses to the same. @throws PluginError `bad-format` for what no record can say */
export function encodeKeyRecord(record: KeyRecord): string {
  const { state, fingerprint, id, expires, pointers, x509 } = record
  const tags = ['v=P3DO1', `st=${state}`, `fpr=${fingerprint}`, `id=${id}`]
  if (expires !== null) tags.push(`exp=${expires}`)
  if (pointers.length > 0) tags.push(`ks=${pointers.join(',')}`)
  if (x509 !== null) tags.push(`x5=${x509}`)
  const text = tags.join('; ')
  const read = parseKeyRecord(text)
  if (read?.pointers.length !== pointers.length || read.x509 !== x509)
    throw broken('cannot hold these pointers or this pin')
  return text
}

// As in DKIM's records: white space around the signs is free, and the last tag may have its semicolon.
function parseTags(text: string): Map<string, string> {
  const parts = text.split(';')
  if (parts.at(-1)?.trim() === '') parts.pop()
  const tags = new Map<string, string>()
  for (const part of parts) {
    const [, name, value] = tag.exec(part) ?? []
    if (name === undefined || value === undefined) throw broken('must be tags like st=active')
    if (tags.has(name)) throw broken(`has ${name} twice`)
    tags.set(name, value)
  }
  return tags
}

// People write fingerprints in more ways than one; records have one form.
function parseStrictFingerprint(text = ''): Fingerprint {
  if (!/^04[0-9a-f]{40}$/.test(text)) throw broken('must have fpr, 04 and 40 lower-case hex digits')
  return parseFingerprint(text)
}

function parseNumber(name: string, text = ''): number {
  if (!/^(?:0|[1-9][0-9]{0,14})$/.test(text)) throw broken(`must have a whole number as ${name}`)
  return Number(text)
}

// Schemes that are not known here may be known to others.
function parsePointers(text: string | undefined): string[] {
  if (text === undefined) return []
  const all = text.split(',').map(part => part.trim())
  if (all.length > mostPointers) throw broken(`must not have more than ${mostPointers} pointers`)
  return all.filter(part => pointer.test(part))
}

function broken(what: string): PluginError {
  return new PluginError('bad-format', `A _p3do record in DNS ${what}.`)
}
