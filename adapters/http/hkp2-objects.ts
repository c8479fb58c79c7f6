// The JSON objects of HKP version 2 (draft-ietf-openpgp-hkp, "Indexes", "Submission Responses").
import type { KeyDescription, Submission } from '../../plugin/ports.js'

const completeConfidence = 120 // RFC 9580 s5.2.3.21: complete trust

/** A certificate in an index; each user ID has a verdict of its own. */
export function indexObject(key: KeyDescription): object {
  const isRevoked = key.state === 'revoked'
  return {
    ...keyObject(key),
    isRevoked,
    ...(key.expires === null ? {} : { expiration: timeOf(key.expires) }),
    userIDs: key.userIds.map(({ text, created, trusted }) => ({
      uidString: text,
      creation: timeOf(created),
      confidence: trusted ? completeConfidence : 0,
      isRevoked,
    })),
    subkeys: key.subkeys.map(keyObject),
  }
}

/** What became of one certificate: it stands in one of five lists, with the reason where it was not taken. */
export function submissionObject({ outcome, reason, fingerprint }: Submission): object {
  const lists = { inserted: [], updated: [], deleted: [], ignored: [], invalid: [] }
  if (fingerprint === null) return { ...lists, comment: reason }
  const object = { version: 4, fingerprint: fingerprint.slice(2) }
  const list = listOf[outcome]
  return { ...lists, [list]: [list === 'updated' ? object : { ...object, comment: reason }] }
}

const listOf = {
  updated: 'updated',
  unchanged: 'ignored',
  refused: 'invalid',
  secret: 'invalid',
  unreadable: 'invalid',
} as const satisfies Record<Submission['outcome'], string>

function keyObject(key: KeyDescription['subkeys'][number]): object {
  return {
    version: 4,
    fingerprint: key.fingerprint.slice(2),
    creation: timeOf(key.created),
    algorithm: { code: key.algorithm, ...(key.bits === null ? {} : { bitLength: key.bits }) },
  }
}

// RFC 3339 s5.6, in seconds.
function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\.\d+/, '')
}
