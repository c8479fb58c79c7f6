// The authority of a domain: the only holder of the server's secret key, behind a few checked operations (PROTO s9.3).
import { homeOf, isOfPseudonyms } from '../addresses.js'
import { PluginError } from '../errors.js'
import {
  addRoutingKey,
  addUserIdSignature,
  certifyServer,
  certifyUserId,
  encodeSecretKey,
  findUserId,
  handOver,
  longestMailboxCopy,
  mergeCertificates,
  needsRoutingKey,
  parseCertificate,
  revokeCertification,
  routingKeys,
  serverUserId,
  signDocument,
  signerOf,
  userIdOf,
  type Certificate,
  type RoutingKey,
  type ServerKey,
  type Succession,
  type UserId,
} from '../openpgp/index.js'
import type { Clock, Domain, UserAddress } from '../ports.js'
import { onlyClaimOf } from './trust.js'

/** What can be done with a server's secret key. A key agent or a smart card can stand behind the same operations. */
export interface Authority {
  /** The own certificate as this key makes it; signatures of others are on the ring's copy. */
  certificate(): Certificate
  /**
   * Certifies the key of an own user, whom the caller has authenticated, and his mailbox key, for 90 days.
   * @param mailboxCopy the secret half of that, encrypted to the key that is certified
   * @returns the certificate with the certification
   * @throws PluginError `not-local`, `certificate-invalid`, `bad-format`
   */
  certifyUser(
    certificate: Buffer,
    address: UserAddress,
    mailboxKey: Uint8Array,
    mailboxCopy?: Uint8Array | null,
  ): Promise<Buffer>
  /**
   * Countersigns another server's certificate for its domain alone, for 180 days.
   * @throws PluginError `certificate-invalid`, `bad-format`
   */
  countersign(certificate: Buffer, domain: Domain): Promise<Buffer>
  /** Takes back what this authority certified of a user or a server. Gives the certificate with the revocation. */
  revoke(certificate: Buffer, subject: UserAddress | Domain): Buffer
  /** Signs octets with the signing subkey. They begin with what they are for, so that no two kinds can be confused. */
  signStatement(octets: Buffer): Promise<Buffer>
  /** The own routing keys, oldest first; the listener opens layers with them. */
  routingKeys(): Promise<RoutingKey[]>
  /**
   * Adds a routing key when the newest is a week old. `save` gets the new content of the secret key file and must have
   * it safe before it resolves; until then the old key stays. Resolves to whether there is a new one.
   */
  rotate(save: (secretKeyFile: Buffer) => Promise<void>): Promise<boolean>
  /** The present content of the secret key file, as `rotate` gives it. */
  secretKeyFile(): Buffer
  /** Certifies the key that follows this one, and revokes this one as superseded; both are for the secret key file. */
  handOver(next: ServerKey): Succession
}

const mailboxKeyLength = 32

export function createAuthority(initial: ServerKey, domain: Domain, clock: Clock): Authority {
  let serverKey = initial
  const primary = () => signerOf(serverKey, serverKey.certificate.primary)
  return {
    certificate: () => serverKey.certificate,
    async certifyUser(octets, address, key, copy = null) {
      if (homeOf(address) !== domain)
        throw new PluginError('not-local', 'Only users of this server are certified here.')
      if (key.length !== mailboxKeyLength) throw refused('Its mailbox key has not 32 octets.')
      if (copy && copy.length > longestMailboxCopy) throw refused('The copy of its mailbox key is too long.')
      const now = clock.now()
      const { certificate, userId } = await ensureClaim(octets, userIdOf(address), now)
      const signature = certifyUserId(primary(), certificate.primary, userId, { key, copy }, now)
      return addUserIdSignature(certificate, userId, signature).octets
    },
    async countersign(octets, peer) {
      if (peer === domain) throw refused('It claims to be this server.')
      if (isOfPseudonyms(peer)) throw refused('Its domain is that of the pseudonyms of another server.')
      const now = clock.now()
      const { certificate, userId } = await ensureClaim(octets, serverUserId(peer), now)
      const signature = certifyServer(primary(), certificate.primary, userId, peer, now)
      return addUserIdSignature(certificate, userId, signature).octets
    },
    revoke(octets, subject) {
      const certificate = parseCertificate(octets)
      const wanted = isUser(subject) ? userIdOf(subject) : serverUserId(subject)
      const userId = findUserId(certificate, wanted)
      if (userId === null) throw refused('It has not the user ID whose certification is to be revoked.')
      const signature = revokeCertification(primary(), certificate.primary, userId, clock.now())
      return addUserIdSignature(certificate, userId, signature).octets
    },
    signStatement: octets => signDocument(serverKey, octets, clock.now()),
    routingKeys: () => routingKeys(serverKey, clock.now()),
    async rotate(save) {
      const now = clock.now()
      if (!(await needsRoutingKey(serverKey, now))) return false
      const next = addRoutingKey(serverKey, now)
      await save(encodeSecretKey(next))
      serverKey = next
      return true
    },
    secretKeyFile: () => encodeSecretKey(serverKey),
    handOver: next => handOver(serverKey, next, serverUserId(domain), clock.now()),
  }
}

async function ensureClaim(
  octets: Buffer,
  wanted: string,
  now: number,
): Promise<{ certificate: Certificate; userId: UserId }> {
  // Without signatures by others: what is certified here goes on without what anybody may have added.
  const certificate = await mergeCertificates(null, parseCertificate(octets), () => null)
  const userId = await onlyClaimOf(certificate, wanted, now)
  if ('trusted' in userId) throw refused(mistakes[userId.reason] ?? 'It is not valid now.')
  return { certificate, userId }
}

const mistakes: Readonly<Record<string, string>> = {
  revoked: 'It is revoked.',
  expired: 'It has ended; make it valid for longer and send it again.',
  'other-user-id': 'It must have exactly one user ID: xmpp: and the address, or the one of the server.',
}

function isUser(subject: UserAddress | Domain): subject is UserAddress {
  return subject.includes('@')
}

function refused(reason: string): PluginError {
  return new PluginError('certificate-invalid', `This OpenPGP certificate is not accepted. ${reason}`)
}
