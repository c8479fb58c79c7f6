// Certificates of servers and users by name, given out only when the verdict is good (PROTO s9.3).
import { parseUserAddress } from '../addresses.js'
import { PluginError } from '../errors.js'
import type { Certificate } from '../openpgp/index.js'
import type { Clock, Domain, Fingerprint, PeerAddress, RingEntry, UserAddress } from '../ports.js'
import type { Work } from '../work.js'
import { amend } from './amendments.js'
import { createArrivals } from './arrivals.js'
import { certifiedEntry } from './certified-entry.js'
import type { CertifiedSpan } from './certified-span.js'
import type { ServerIdentity } from './identity.js'
import { meetServer } from './meetings.js'
import { createMissingUsers, type MissingUsers } from './missing-users.js'
import {
  doubtServer,
  keepCountersignature,
  knownServer,
  publishServer,
  signersOf,
  trustedServer,
} from './server-certificates.js'
import { approve, reject } from './key-decisions.js'
import { createShelf, type Ring, type Shelf } from './shelf.js'
import { hasHandedOver, presentation } from './successions.js'
import type { Suspensions } from './suspensions.js'
import { takeOver } from './takeover.js'
import {
  doubtUser,
  findMailbox,
  findUser,
  keepUser,
  knownUser,
  publishUser,
  renewUser,
  revokeUser,
} from './user-certificates.js'
import type { Distrust } from './trust.js'

export interface KnownUser {
  readonly certificate: Certificate
  readonly changed: number
  readonly doubt: Distrust | null
}

/** Where a user is found away from the own server. */
export interface Mailbox {
  readonly fingerprint: Fingerprint
  /** 32 octets of an X25519 public key. */
  readonly key: Buffer
  /** Its secret half, encrypted to the user's own key; `null` where the own server gave none. */
  readonly copy: Buffer | null
}

/** Makes the copy of a mailbox key for the certificate; `null` where that is not possible. */
export type CopyOf = (certificate: Certificate, mailboxKey: Buffer) => Promise<Buffer | null>

export interface Directory {
  /** A server's certificate when it is trusted now, the own one included; else `null`. */
  server(domain: Domain): Promise<Certificate | null>
  /**
   * The certificates by which signatures of a server are checked, best first: the trusted one, and while it changes its
   * key the one before. Empty where `server` is `null`.
   */
  signers(domain: Domain): Promise<readonly Certificate[]>
  /** A user's certificate. @throws PluginError `recipient-unknown`, `recipient-untrusted`, `peer-suspended` */
  user(address: UserAddress): Promise<Certificate>
  /**
   * As `user`, but a key that is unknown may still arrive within so many milliseconds: a new user's first message overtakes
   * it. His server is asked for it.
   * @throws PluginError also `peer-unreachable` while his server has not answered since
   */
  userSoon(address: UserAddress, patience: number): Promise<Certificate>
  /** Who asks servers for their users is told here which are missed, and says here which server has shown all. */
  readonly missing: Pick<MissingUsers, 'shown' | 'onMissed'>
  /**
   * Certifies an own user's key with his mailbox key (32 octets) and keeps it for everyone to ask.
   * @param mailboxCopy its secret half, encrypted to the user's key
   */
  publishUser(
    address: UserAddress,
    certificate: Certificate,
    mailboxKey: Buffer,
    mailboxCopy?: Buffer | null,
  ): Promise<void>
  /** `null` where no key of the user is known, or the own server named no mailbox. @throws as `user` */
  mailbox(address: UserAddress): Promise<Mailbox | null>
  /** A user's certificate whatever is thought of it, when it last changed (milliseconds), and why it is not trusted now. */
  known(address: UserAddress): Promise<KnownUser | null>
  /** Certifies an own user anew whom this server certified a month ago or earlier. The caller knows that he is still there. */
  renewUser(address: UserAddress, copyOf?: CopyOf): Promise<void>
  /** Takes back what this server certified of an own user; nobody trusts his key then. `false`: there is no such user. */
  revokeUser(address: UserAddress): Promise<boolean>
  /**
   * Takes no other certificate for a server from now on; one that was taken up before counts as unknown. With `null` any
   * is taken at a first contact again.
   */
  pin(domain: Domain, fingerprint: Fingerprint | null): void
  /**
   * Takes up the certificate that a peer shows, countersigns it at the first contact and before that ends, and keeps it.
   * @param before the certificates that it replaced, newest first, as the peer shows them
   * @param place where the server itself showed it, which suspends it for another key and ends that for the known one;
   * `null` for a copy from elsewhere
   * @throws PluginError `key-changed` for another key than the known one that this did not hand over to and nobody
   * allowed, `certificate-outdated` for what was true earlier, `certificate-invalid` for a revoked or wrong one
   */
  meetServer(
    domain: Domain,
    received: Certificate,
    before?: readonly Certificate[],
    place?: PeerAddress | null,
  ): Promise<Certificate>
  /** Servers of which nothing is trusted because they show another key. */
  readonly suspensions: Suspensions
  /**
   * Has a suspended server's other key taken when it is shown the next time: an admin has checked it.
   * @throws PluginError `command-invalid` for another key than the shown one, and for a server whose key is pinned
   */
  approve(domain: Domain, fingerprint: Fingerprint): Promise<void>
  /** Keeps the known key for good against the one that a suspended server shows, and resolves to that. @throws PluginError `command-invalid` */
  reject(domain: Domain): Promise<Fingerprint>
  /** Whether that key of a server handed over to the one that is known, directly or over others. */
  handedOver(domain: Domain, from: Fingerprint): Promise<boolean>
  /** Whether a server was met before, trusted now or not. */
  hasMet(domain: Domain): Promise<boolean>
  /** Keeps a certificate of a peer's user. @throws PluginError `certificate-invalid` for any that the peer did not certify */
  keepUser(domain: Domain, octets: Buffer): Promise<void>
  /** Adds a peer's countersignature to the own certificate as others get to see it. */
  keepCountersignature(by: Domain, octets: Buffer): Promise<void>
  /** What everybody is shown who asks this server for its certificate: that, and those that it replaced, newest first. */
  presentation(): Promise<Buffer>
  /**
   * While the own key changes: lets the new one sign what the old one signed, and begin to sign alone when it is time.
   * Called when a new key was made, at the start and regularly. Resolves to whether it has just begun.
   */
  takeOver(): Promise<boolean>
  /** Puts the own certificate as it is now on the ring, for everyone to ask; called at the start and when it changed. */
  publishServer(): Promise<void>
  /**
   * Adds to a certificate on the ring what somebody brings of it and its key or its authority signed, and what others
   * certified with the approval of a user's key; nothing else gets in. Resolves to whether that was news.
   * @param brought a certificate, or a revocation that stands alone
   * @param claimed key IDs that its signatures on user IDs claim to be from, where they are to be looked up on the ring
   * @throws PluginError `bad-format`, `certificate-invalid`
   */
  amend(entry: RingEntry, brought: Buffer, claimed?: readonly string[]): Promise<boolean>
  /** Why a certificate on the ring is not trusted now, `null` when it is. */
  doubt(entry: RingEntry): Promise<Distrust | null>
  /** From when and until when its authority certified it; `null` where that is not known or was taken back. */
  certified(entry: RingEntry): Promise<CertifiedSpan | null>
  /** The certificate that the admin pinned for a server. */
  pinned(domain: Domain): Fingerprint | null
}

/** @param changed called when an own user's key is new, certified anew or revoked */
export function createDirectory(
  identity: ServerIdentity,
  ring: Ring,
  clock: Clock,
  work: Work,
  changed: (address: UserAddress) => void,
): Directory {
  const arrivals = createArrivals(clock)
  const missing = createMissingUsers(clock)
  const shelf = createShelf(identity, ring, clock, work)
  const user = async (address: UserAddress): Promise<Certificate> => {
    const certificate = await findUser(shelf, address)
    if (!certificate) throw unknown()
    return certificate
  }
  return {
    ...serverDirectory(shelf),
    user,
    missing,
    async userSoon(address, patience) {
      // Waiting begins before the look: the key may arrive in between.
      const arrival = arrivals.of(address, patience)
      const known = await findUser(shelf, address)
      if (known) return known
      const isAsked = missing.miss(address)
      await arrival
      const arrived = await findUser(shelf, address)
      if (!arrived) throw missing.isDecided(address) || !isAsked ? unknown() : notAskedYet()
      missing.found(address)
      return arrived
    },
    async publishUser(address, certificate, mailboxKey, mailboxCopy = null) {
      await shelf.inTurn(() => publishUser(shelf, address, certificate, mailboxKey, mailboxCopy))
      changed(address)
    },
    mailbox: address => findMailbox(shelf, address),
    known: address => knownUser(shelf, address),
    async renewUser(address, copyOf = noCopy) {
      if (await shelf.inTurn(() => renewUser(shelf, address, copyOf))) changed(address)
    },
    async revokeUser(address) {
      const isRevoked = await shelf.inTurn(() => revokeUser(shelf, address))
      if (isRevoked) changed(address)
      return isRevoked
    },
    async keepUser(domain, octets) {
      arrivals.arrived(await shelf.inTurn(() => keepUser(shelf, domain, octets)))
    },
    async amend(entry, brought, claimed = []) {
      const isNews = await shelf.inTurn(() => amend(shelf, entry, brought, claimed))
      if (isNews && entry.kind === 'user' && entry.domain === identity.domain)
        changed(parseUserAddress(entry.subject))
      return isNews
    },
    doubt: entry => (entry.kind === 'server' ? doubtServer(shelf, entry) : doubtUser(shelf, entry)),
    certified: entry => certifiedEntry(shelf, entry),
    pinned: domain => shelf.pins.get(domain) ?? null,
  }
}

function serverDirectory(shelf: Shelf) {
  return {
    server: domain => trustedServer(shelf, domain),
    signers: domain => signersOf(shelf, domain),
    pin(domain, fingerprint) {
      if (fingerprint === null) shelf.pins.delete(domain)
      else shelf.pins.set(domain, fingerprint)
    },
    meetServer: (domain, received, before = [], place = null) =>
      shelf.inTurn(() => meetServer(shelf, domain, received, before, place)),
    suspensions: shelf.suspensions,
    approve: (domain, fingerprint) => shelf.inTurn(() => approve(shelf, domain, fingerprint)),
    reject: domain => shelf.inTurn(() => reject(shelf, domain)),
    async handedOver(domain, from) {
      const known = await knownServer(shelf, domain)
      return known !== null && known.fingerprint !== from && hasHandedOver(shelf, from, known)
    },
    hasMet: async domain => (await knownServer(shelf, domain)) !== null,
    keepCountersignature: (by, octets) => shelf.inTurn(() => keepCountersignature(shelf, by, octets)),
    presentation: () => presentation(shelf),
    takeOver: () => takeOver(shelf),
    publishServer: () => shelf.inTurn(() => publishServer(shelf)),
  } satisfies Partial<Directory>
}

function notAskedYet(): PluginError {
  return new PluginError(
    'peer-unreachable',
    'No key of this user is known here, and the server of the user could not be asked for it yet. Try again later.',
  )
}

const noCopy: CopyOf = () => Promise.resolve(null)

function unknown(): PluginError {
  return new PluginError(
    'recipient-unknown',
    'No key of this contact is known here; nothing was sent. Check the address. Your contact gets a key by writing "help" to P3DO on the own server once, which must be federated with this one.',
  )
}
