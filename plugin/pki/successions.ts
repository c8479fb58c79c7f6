// One key of a server after the other: who followed whom, and what the one before still counts for (PROTO s9.7).
import {
  beforeSupersession,
  handedOver,
  mergeCertificates,
  parseCertificate,
  serverUserId,
  type Certificate,
} from '../openpgp/index.js'
import type { Domain, Fingerprint, RingEntry } from '../ports.js'
import type { KeyChange } from '../ports.js'
import type { Shelf } from './shelf.js'

// How long what the key before signed still counts: messages on their way, users' certifications.
const overlap = 86_400_000
// A reader takes five certificates at most.
const mostShown = 4

/**
 * The certificates of a chain from the shown one, without it, to the known one; `null` where some key did not hand over
 * to the next, or revoked itself as stolen.
 * @param before what is shown beside the new certificate, newest first; the known one follows it directly where it is not
 * among them
 */
export async function successionFrom(
  known: Certificate,
  shown: Certificate,
  before: readonly Certificate[],
  domain: Domain,
  now: number,
): Promise<Certificate[] | null> {
  const at = before.findIndex(({ fingerprint }) => fingerprint === known.fingerprint)
  // What the known key says now of itself counts beside what it said before.
  const last = await mergeCertificates(known, before[at] ?? known, () => null)
  const chain = [shown, ...before.slice(0, Math.max(at, 0)), last]
  for (const [index, older] of chain.slice(1).entries()) {
    const newer = chain[index] ?? shown
    if ((await handedOver(older, newer, serverUserId(domain), now)) === null) return null
  }
  return Promise.all(chain.slice(1).map(certificate => mergeCertificates(null, certificate, () => null)))
}

/** Keeps certificates that were replaced, and that they were. */
export async function retire(
  shelf: Shelf,
  domain: Domain,
  replaced: readonly Certificate[],
  successor: Fingerprint,
  how: KeyChange['how'],
): Promise<void> {
  const at = shelf.clock.now()
  for (const certificate of replaced) {
    const kept = how === 'handed-over' ? certificate : withoutTrust(shelf, domain, certificate)
    await shelf.put('server', certificate.fingerprint, domain, kept)
    await shelf.ring.addChange({ domain, replaced: certificate.fingerprint, successor, how, at })
  }
}

// It did not revoke itself: whoever reads the ring learns from this server that it does not count any more.
function withoutTrust({ identity }: Shelf, domain: Domain, certificate: Certificate): Certificate {
  return parseCertificate(identity.authority.revoke(certificate.octets, domain))
}

/** Certificates of a domain that were replaced, newest first. */
export async function replacedOf({ ring }: Shelf, domain: Domain): Promise<Certificate[]> {
  const changes = await ring.changesOf(domain)
  const entries = await Promise.all(changes.map(({ replaced }) => ring.find('server', replaced)))
  return entries.filter(entry => entry !== null).map(({ certificate }) => parseCertificate(certificate))
}

/** See `Directory.presentation`. */
export async function presentation(shelf: Shelf): Promise<Buffer> {
  const { domain, shown, replaced } = shelf.identity
  // While a new key is announced, the one before is not kept as replaced yet.
  const before = [...replaced, ...(await replacedOf(shelf, domain))]
  const octets = new Map(before.map(each => [each.fingerprint, each.octets]))
  return Buffer.concat([shown.octets, ...[...octets.values()].slice(0, mostShown)])
}

/** The certificate whose signatures still count beside those of the one that it handed over to a short time ago. */
export async function stillCounting(
  { ring, clock }: Shelf,
  domain: Domain,
  current: Fingerprint,
): Promise<Certificate[]> {
  const changes = await ring.changesOf(domain)
  const counting = changes.filter(
    ({ successor, how, at }) =>
      successor === current && how === 'handed-over' && Math.abs(clock.now() - at) < overlap,
  )
  const entries = await Promise.all(counting.map(({ replaced }) => ring.find('server', replaced)))
  return entries
    .filter(entry => entry !== null)
    .map(({ certificate }) => beforeSupersession(parseCertificate(certificate)))
}

/** Whether a key handed over to the one that is kept, directly or by others between them. */
export async function hasHandedOver(
  { ring }: Shelf,
  from: Fingerprint,
  { domain, fingerprint }: RingEntry,
): Promise<boolean> {
  const changes = await ring.changesOf(domain)
  const next = new Map(
    changes
      .filter(({ how }) => how === 'handed-over')
      .map(({ replaced, successor }) => [replaced, successor]),
  )
  let at: Fingerprint | undefined = from
  // No key comes back without its entry being taken away, but a loop here would stop everything.
  for (let step = 0; at !== undefined && at !== fingerprint && step < changes.length; step++)
    at = next.get(at)
  return at === fingerprint
}
