// The own new key takes over: what the old one signed and is still true, the new one signs, too (PROTO s9.7).
import { parseUserAddress } from '../addresses.js'
import { mailboxOf, serverTrusted, userTrusted } from './trust.js'
import { parseCertificate } from '../openpgp/index.js'
import type { RingEntry } from '../ports.js'
import type { Directory } from './directory.js'
import type { Federation } from './federation.js'
import type { ServerIdentity } from './identity.js'
import { alsoSigned } from './meetings.js'
import type { Shelf } from './shelf.js'
import { retire } from './successions.js'

const atATime = 256

/**
 * Makes a new own key, lets it sign what the present one signed, and tells the peers, which look at it at once.
 * @throws PluginError `too-many-requests`
 */
export async function changeOwnKey(
  identity: ServerIdentity,
  directory: Directory,
  federation: Federation,
): Promise<void> {
  await identity.change()
  await directory.takeOver()
  await directory.publishServer()
  federation.tell('certificate')
}

/** See `Directory.takeOver`. */
export async function takeOver(shelf: Shelf): Promise<boolean> {
  const { identity, ring, clock } = shelf
  const [old] = identity.replaced
  if (identity.signsFrom === null || !old) return false
  const changes = await ring.changesOf(identity.domain)
  if (!changes.some(({ replaced }) => replaced === old.fingerprint)) {
    await shelf.inTurn(() => signAlso(shelf))
    if (clock.now() < identity.signsFrom) return false
    await shelf.inTurn(() => retire(shelf, identity.domain, [old], identity.fingerprint, 'handed-over'))
  }
  identity.sign()
  return true
}

async function signAlso(shelf: Shelf): Promise<void> {
  for (const entry of await shelf.ring.list('server', null, 0)) await signServer(shelf, entry)
  for (let after = 0, more = true; more;) {
    const users = await shelf.ring.list('user', shelf.identity.domain, after, atATime)
    // What is signed here gets a later time of change and would come again and again.
    const seen = users.at(-1)?.changed ?? after
    for (const entry of users) await signUser(shelf, entry)
    more = users.length === atATime
    after = seen
  }
}

async function signServer(shelf: Shelf, { domain, subject, certificate: octets }: RingEntry): Promise<void> {
  const { identity, clock } = shelf
  if (domain === identity.domain || subject !== domain) return
  const { certificate: own, newest, shown } = identity
  const certificate = parseCertificate(octets)
  if (!(await serverTrusted(own, certificate, domain, clock.now())).trusted) return
  if ((await serverTrusted(shown, certificate, domain, clock.now())).trusted) return
  const signed = await newest.countersign(octets, domain)
  await shelf.put('server', domain, domain, await alsoSigned(certificate, newest, signed))
}

async function signUser(shelf: Shelf, { domain, subject, certificate: octets }: RingEntry): Promise<void> {
  const { certificate: own, newest, shown } = shelf.identity
  const [address, now] = [parseUserAddress(subject), shelf.clock.now()]
  const certificate = parseCertificate(octets)
  const mailbox = await mailboxOf(certificate, address, own, now)
  if (!mailbox || (await userTrusted(certificate, address, shown, now)).trusted) return
  const signed = await newest.certifyUser(octets, address, mailbox.key, mailbox.copy)
  await shelf.put('user', subject, domain, await alsoSigned(certificate, newest, signed))
}
