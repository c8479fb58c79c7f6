// What people and programs are shown of a certificate before they fetch it.
import {
  bitsOf,
  claimsIssuer,
  parseCertificate,
  serverUserId,
  standingOf,
  type Certificate,
} from '../openpgp/index.js'
import { distrustWords } from '../pki/index.js'
import type { Clock, KeyDescription, RingEntry } from '../ports.js'
import type { Doubt } from './verdicts.js'

/** See `KeyServer.describe`. */
export async function describeKey(
  { doubt: doubtOf, clock }: { readonly doubt: Doubt; readonly clock: Clock },
  entry: RingEntry,
): Promise<KeyDescription> {
  const certificate = parseCertificate(entry.certificate)
  const { primary, fingerprint } = certificate
  const standing = await standingOf(certificate, clock.now())
  const [usable] = standing.keys
  const doubt = await doubtOf(entry)
  return {
    fingerprint,
    algorithm: primary.algorithm,
    bits: bitsOf(primary),
    created: primary.created,
    expires: usable === undefined || usable.notAfter === Infinity ? null : usable.notAfter / 1000,
    state: standing.state,
    userIds: describeUserIds(certificate, doubt === null ? nameOf(entry) : null),
    subkeys: certificate.subkeys.map(({ key }) => ({
      fingerprint: key.fingerprint,
      algorithm: key.algorithm,
      bits: bitsOf(key),
      created: key.created,
    })),
    doubt: doubt === null ? null : distrustWords(entry.kind, doubt),
  }
}

// The user ID that a verdict on the entry is about (XEP-0373 s8.5; PROTO s9.1).
function nameOf({ kind, subject, domain }: RingEntry): string {
  return kind === 'server' ? serverUserId(domain) : `xmpp:${subject}`
}

function describeUserIds(
  { primary, userIds }: Certificate,
  trusted: string | null,
): KeyDescription['userIds'] {
  return userIds.map(({ userId, signatures }) => {
    const own = signatures.filter(item => claimsIssuer(item, primary)).map(({ created }) => created)
    return { text: userId, created: Math.max(primary.created, ...own), trusted: userId === trusted }
  })
}
