// Certificates of users: kept when their server certified them, given out while they are trusted (PROTO s9.3).
import { domainOf, parseUserAddress } from '../addresses.js'
import { PluginError } from '../errors.js'
import { mergeCertificates, parseCertificate, type Certificate } from '../openpgp/index.js'
import type { Domain, UserAddress } from '../ports.js'
import { trustedServer } from './server-certificates.js'
import type { Shelf } from './shelf.js'
import { mailboxKeyOf, userTrusted } from './trust.js'

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

// A certification lasts 90 days; peers see the new one long before the old one ends.
const renewAfter = 30 * 86_400_000

/** See `Directory.renewUsers`. Resolves to whether any was due. */
export async function renewUsers({ identity, ring, clock, put }: Shelf): Promise<boolean> {
  const { domain, certificate: authority } = identity
  const now = clock.now()
  const entries = await ring.list('user', domain, 0)
  const due = entries.filter(({ changed }) => changed < now - renewAfter)
  for (const { certificate, subject } of due) {
    const address = parseUserAddress(subject)
    const mailboxKey = await mailboxKeyOf(parseCertificate(certificate), address, authority, now)
    if (!mailboxKey) continue // revoked, or left alone for so long that it ended
    const renewed = await identity.authority.certifyUser(certificate, address, mailboxKey)
    await put('user', address, domain, parseCertificate(renewed))
  }
  return due.length > 0
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
