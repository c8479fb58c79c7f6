// Certificates of servers and users by name, given out only when the verdict is good (PROTO s9.3).
import { domainOf, parseUserAddress } from '../addresses.js'
import { PluginError } from '../errors.js'
import { mergeCertificates, parseCertificate, type Certificate } from '../openpgp/index.js'
import type { Clock, Domain, RingEntry, RingStore, UserAddress } from '../ports.js'
import { createArrivals } from './arrivals.js'
import type { ServerIdentity } from './identity.js'
import { serverTrusted, userTrusted } from './trust.js'

export interface Directory {
  /** A server's certificate when it is trusted now, the own one included; else `null`. */
  server(domain: Domain): Promise<Certificate | null>
  /** A user's certificate. @throws PluginError `recipient-unknown`, `recipient-untrusted` */
  user(address: UserAddress): Promise<Certificate>
  /** As `user`, but a key that is unknown may still arrive within so many milliseconds: a new user's first message overtakes it. */
  userSoon(address: UserAddress, patience: number): Promise<Certificate>
  /** Certifies an own user's key with his mailbox key (32 octets) and keeps it for everyone to ask. */
  publishUser(address: UserAddress, certificate: Certificate, mailboxKey: Buffer): Promise<void>
  /** Whether an own user's key is published. */
  isPublished(address: UserAddress): Promise<boolean>
  /** Keeps a peer's certificate that was countersigned here. @throws PluginError `key-changed` */
  keepServer(domain: Domain, certificate: Certificate): Promise<void>
  /** Keeps a certificate of a peer's user. @throws PluginError `certificate-invalid` for any that the peer did not certify */
  keepUser(domain: Domain, octets: Buffer): Promise<void>
  /** Adds a peer's countersignature to the own certificate as others get to see it. */
  keepCountersignature(by: Domain, octets: Buffer): Promise<void>
}

/** @param changed called when an own user's key is new */
export function createDirectory(
  identity: ServerIdentity,
  ring: RingStore,
  clock: Clock,
  changed: () => void,
): Directory {
  const arrivals = createArrivals(clock)
  const shelf: Shelf = { identity, ring, clock, put: createPut(ring, clock) }
  const user = async (address: UserAddress): Promise<Certificate> => {
    const certificate = await findUser(shelf, address)
    if (!certificate) throw unknown()
    return certificate
  }
  return {
    server: domain => trustedServer(shelf, domain),
    user,
    async userSoon(address, patience) {
      // Waiting begins before the look: the key may arrive in between.
      const arrival = arrivals.of(address, patience)
      const known = await findUser(shelf, address)
      if (known) return known
      await arrival
      return user(address)
    },
    async publishUser(address, certificate, mailboxKey) {
      const octets = await identity.authority.certifyUser(certificate.octets, address, mailboxKey)
      await shelf.put('user', address, identity.domain, parseCertificate(octets))
      changed()
    },
    isPublished: async address => (await ring.find('user', address)) !== null,
    async keepServer(domain, certificate) {
      const stored = await ring.find('server', domain)
      if (stored && stored.fingerprint !== certificate.fingerprint) throw keyChanged()
      await shelf.put('server', domain, domain, certificate)
    },
    async keepUser(domain, octets) {
      arrivals.arrived(await keepUser(shelf, domain, octets))
    },
    keepCountersignature: (by, octets) => keepCountersignature(shelf, by, octets),
  }
}

interface Shelf {
  readonly identity: ServerIdentity
  readonly ring: RingStore
  readonly clock: Clock
  readonly put: ReturnType<typeof createPut>
}

async function findUser(shelf: Shelf, address: UserAddress): Promise<Certificate | null> {
  const authority = await trustedServer(shelf, domainOf(address))
  const entry = authority && (await shelf.ring.find('user', address))
  if (!entry) return null
  const certificate = parseCertificate(entry.certificate)
  const verdict = await userTrusted(certificate, address, authority, shelf.clock.now())
  if (!verdict.trusted) throw untrusted(verdict.reason)
  return certificate
}

async function keepUser(shelf: Shelf, domain: Domain, octets: Buffer): Promise<UserAddress> {
  const authority = await trustedServer(shelf, domain)
  const received = parseCertificate(octets)
  const address = addressOf(received)
  if (!authority || domainOf(address) !== domain) throw invalid()
  const stored = await shelf.ring.find('user', address)
  const same = stored?.fingerprint === received.fingerprint ? parseCertificate(stored.certificate) : null
  const merged = await mergeCertificates(same, received, () => authority.primary)
  if (!(await userTrusted(merged, address, authority, shelf.clock.now())).trusted) throw invalid()
  if (!same?.octets.equals(merged.octets)) await shelf.put('user', address, domain, merged)
  return address
}

async function keepCountersignature(shelf: Shelf, by: Domain, octets: Buffer): Promise<void> {
  const { identity, ring } = shelf
  const issuer = await trustedServer(shelf, by)
  if (!issuer) throw invalid()
  const stored = await ring.find('server', identity.domain)
  const own = await mergeCertificates(
    stored ? parseCertificate(stored.certificate) : null,
    identity.certificate,
    () => null,
  )
  const merged = await mergeCertificates(own, parseCertificate(octets), () => issuer.primary)
  await shelf.put('server', identity.domain, identity.domain, merged)
}

async function trustedServer({ identity, ring, clock }: Shelf, domain: Domain): Promise<Certificate | null> {
  if (domain === identity.domain) return identity.certificate
  const entry = await ring.find('server', domain)
  const certificate = entry && parseCertificate(entry.certificate)
  if (!certificate) return null
  const verdict = await serverTrusted(identity.certificate, certificate, domain, clock.now())
  return verdict.trusted ? certificate : null
}

// Times of change grow strictly, so that "after this one" never misses an entry.
function createPut(ring: RingStore, clock: Clock) {
  let last = 0
  return async (
    kind: RingEntry['kind'],
    subject: string,
    domain: Domain,
    certificate: Certificate,
  ): Promise<void> => {
    last = Math.max(clock.now(), last + 1)
    const { fingerprint, octets } = certificate
    await ring.put({ fingerprint, subject, kind, domain, certificate: octets, changed: last })
  }
}

// XEP-0373 s4.2: the user ID is exactly "xmpp:" and the address.
function addressOf({ userIds }: Certificate): UserAddress {
  const [only] = userIds
  if (userIds.length !== 1 || !only?.userId.startsWith('xmpp:')) throw invalid()
  return parseUserAddress(only.userId.slice('xmpp:'.length))
}

function unknown(): PluginError {
  return new PluginError(
    'recipient-unknown',
    'No key of this contact is known here; nothing was sent. Check the address. Your contact gets a key by writing "help" to P3DO on the own server once, which must be federated with this one.',
  )
}

function untrusted(reason: string): PluginError {
  const words = reason.replaceAll('-', ' ')
  return new PluginError(
    'recipient-untrusted',
    `The key of this contact is not trusted (${words}); nothing was sent. Ask your admin.`,
  )
}

function keyChanged(): PluginError {
  return new PluginError(
    'key-changed',
    'A peer shows another key than the one that is known. It stays suspended until an admin has checked why.',
  )
}

function invalid(): PluginError {
  return new PluginError('certificate-invalid', 'A certificate is not of a user whom its sender certified.')
}
