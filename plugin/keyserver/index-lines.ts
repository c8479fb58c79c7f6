// The machine-readable index of HKP (draft-gallagher-openpgp-hkp-10, "Machine Readable Indexes").
import type { KeyDescription } from '../ports.js'

/** `info`, and for each certificate `pub` and its `uid` lines. gpg reads it. */
export function indexLines(keys: readonly KeyDescription[]): string {
  return [`info:1:${keys.length}`, ...keys.flatMap(keyLines)].map(line => `${line}\n`).join('')
}

function keyLines(key: KeyDescription): string[] {
  const flags = key.state === 'revoked' ? 'r' : key.state === 'expired' ? 'e' : ''
  const digits = key.fingerprint.slice(2).toUpperCase()
  const numbers = [key.algorithm, key.bits ?? '', key.created, key.expires ?? ''].join(':')
  const userIds = key.userIds.map(({ text, created }) => `uid:${escape(text)}:${created}::${flags}`)
  return [`pub:${digits}:${numbers}:${flags}`, ...userIds]
}

// A colon would end the field, and "xmpp:" has one in every user ID.
function escape(text: string): string {
  return text.replaceAll(/[%:\p{Cc}]/gu, found => encodeURIComponent(found))
}
