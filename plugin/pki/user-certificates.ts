// Certificates of users: kept when their server certified them, given out while they are trusted (PROTO s9.3).
import { domainOf, parseUserAddress } from '../addresses.js'
import { PluginError } from '../errors.js'
import { mergeCertificates, parseCertificate, type Certificate } from '../openpgp/index.js'
import type { Domain, RingEntry, UserAddress } from '../ports.js'
import { trustedServer } from './server-certificates.js'
import type { Shelf } from './shelf.js'
import { mailboxKeyOf, userTrusted, type Distrust } from './trust.js'

/** A user's certificate, `null` where none is known. @throws PluginError `recipient-untrusted` */
export async function findUser(shelf: Shelf, address: UserAddress): Promise<Certificate | null> {
  const authority = await trustedServer(shelf, domainOf(address))
  const entry = authority && (await shelf.ring.find('user', address))
  if (!entry) return null
  const doubt = await shelf.work.run(
    'doubtUser',
    entry.certificate,
    address,
    authority.octets,
    shelf.clock.now(),
  )
  if (doubt !== null) throw untrusted(doubt)
  return parseCertificate(entry.certificate)
}

/** See `Directory.doubt`. */
export async function doubtUser(shelf: Shelf, entry: RingEntry): Promise<Distrust | null> {
  const authority = await trustedServer(shelf, entry.domain)
  if (!authority) return 'authority-invalid'
  const address = parseUserAddress(entry.subject)
  return shelf.work.run('doubtUser', entry.certificate, address, authority.octets, shelf.clock.now())
}

/** See `Directory.keepUser`. Resolves to whose it is. */
export async function keepUser(shelf: Shelf, domain: Domain, octets: Buffer): Promise<UserAddress> {
  const authority = await trustedServer(shelf, domain)
  const received = parseCertificate(octets)
  const address = addressOf(received)
  if (!authority || domainOf(address) !== domain) throw invalid()
  const stored = await shelf.ring.find('user', address)
  const same = stored?.fingerprint === received.fingerprint ? parseCertificate(stored.certificate) : null
  const merged = await mergeCertificates(same, received, () => authority.primary)
  const { trusted } = await userTrusted(merged, address, authority, shelf.clock.now())
  // What belongs to a known certificate is kept whatever it says: a revocation must never be lost.
  const isNews = same ? !same.octets.equals(merged.octets) : trusted
  if (isNews) await shelf.put('user', address, domain, merged)
  if (!trusted) throw invalid()
  return address
}

/** See `Directory.isPublished`. What was revoked counts as published: it is not certified again. */
export async function isPublished(shelf: Shelf, address: UserAddress): Promise<boolean> {
  const { identity, ring, clock, work } = shelf
  const entry = await ring.find('user', address)
  if (!entry) return false
  const own = identity.certificate.octets
  const doubt = await work.run('doubtUser', entry.certificate, address, own, clock.now())
  return doubt !== 'not-certified' && doubt !== 'certification-ended'
}

/** See `Directory.publishUser`. */
export async function publishUser(
  { identity, ring, put }: Shelf,
  address: UserAddress,
  certificate: Certificate,
  mailboxKey: Buffer,
): Promise<void> {
  // The one on the ring may know of revocations by the user.
  const stored = await ring.find('user', address)
  const known = stored?.fingerprint === certificate.fingerprint ? stored.certificate : certificate.octets
  const octets = await identity.authority.certifyUser(known, address, mailboxKey)
  await put('user', address, identity.domain, parseCertificate(octets))
}

// A certification lasts 90 days; peers see the new one long before the old one ends.
const renewAfter = 30 * 86_400_000
const usersAtATime = 256

/** See `Directory.renewUsers`. Resolves to whether any was renewed. */
export async function renewUsers(shelf: Shelf): Promise<boolean> {
  const { identity, ring, clock } = shelf
  const since = clock.now() - renewAfter
  let renewed = false
  for (let after = 0, more = true; more;) {
    const users = await ring.list('user', identity.domain, after, usersAtATime)
    const due = users.filter(({ changed }) => changed < since)
    for (const { subject } of due)
      renewed = (await shelf.inTurn(() => renew(shelf, parseUserAddress(subject)))) || renewed
    after = due.at(-1)?.changed ?? after
    more = due.length === usersAtATime
  }
  return renewed
}

async function renew({ identity, ring, clock, put }: Shelf, address: UserAddress): Promise<boolean> {
  const { domain, certificate: authority } = identity
  const entry = await ring.find('user', address)
  const certificate = entry && parseCertificate(entry.certificate)
  const mailboxKey = certificate && (await mailboxKeyOf(certificate, address, authority, clock.now()))
  if (!mailboxKey) return false // revoked, or left alone for so long that it ended
  const renewed = await identity.authority.certifyUser(certificate.octets, address, mailboxKey)
  await put('user', address, domain, parseCertificate(renewed))
  return true
}

// XEP-0373 s8.5: the user ID is exactly "xmpp:" and the address.
function addressOf({ userIds }: Certificate): UserAddress {
  const [only] = userIds
  if (userIds.length !== 1 || !only?.userId.startsWith('xmpp:')) throw invalid()
  return parseUserAddress(only.userId.slice('xmpp:'.length))
}

function untrusted(reason: string): PluginError {
  const words = reason.replaceAll('-', ' ')
  return new PluginError(
    'recipient-untrusted',
    `The key of this contact is not trusted (${words}); nothing was sent. Ask your admin.`,
  )
}

function invalid(): PluginError {
  return new PluginError('certificate-invalid', 'A certificate is not of a user whom its sender certified.')
}
