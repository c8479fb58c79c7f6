// The domain's X.509 authority at work: issues certificates to users whose OpenPGP key is trusted, and takes them back.
import { X509Certificate } from 'node:crypto'
import { PluginError } from '../errors.js'
import { newPassphrase } from '../passphrase.js'
import type { Directory } from '../pki/index.js'
import type {
  Clock,
  Domain,
  Log,
  Random,
  RevocationReason,
  RingStore,
  UserAddress,
  X509Entry,
  X509Publication,
  X509Store,
} from '../ports.js'
import type { Sealer } from '../sealer.js'
import type { Work } from '../work.js'
import type { X509Pair } from './certificates.js'
import { clientLifetime } from './lifetimes.js'
import { openOwnAuthority } from './own-authority.js'
import { createPublication } from './publication.js'
import { reviewCertificates } from './review.js'

export interface X509Options {
  readonly domain: Domain
  readonly store: X509Store & RingStore
  readonly directory: Directory
  readonly sealer: Sealer
  /** Signs with the server's OpenPGP key. */
  readonly sign: (octets: Buffer) => Promise<Buffer>
  /** Tells a user something as the plugin. @throws PluginError `host-unreachable` */
  readonly tell: (user: UserAddress, words: string) => Promise<void>
  /** Called when peers would be shown something new. */
  readonly changed: () => void
  readonly work: Work
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** A new certificate with its key, packed for a chat client (PKCS #12). */
export interface IssuedCertificate {
  readonly serial: string
  /** Milliseconds. */
  readonly expires: number
  readonly file: Buffer
  /** Opens the file; it is nowhere else. */
  readonly passphrase: string
}

export interface X509 extends X509Publication {
  /** The authority's certificate, PEM; made at the first need. */
  authority(): Promise<string>
  /**
   * Issues to a user of this server whose OpenPGP key is trusted now.
   * @throws PluginError `recipient-unknown`, `recipient-untrusted`, `too-many-requests`
   */
  issue(user: UserAddress): Promise<IssuedCertificate>
  /** What has not ended, of a user or of all, the newest first. */
  list(user: UserAddress | null): Promise<X509Entry[]>
  /**
   * Takes back a certificate by its serial number in hex; also one that no record knows, as after a restored backup.
   * @throws PluginError `bad-format`
   */
  revoke(serial: string, reason: RevocationReason): Promise<void>
  /** Takes back all of a user's. Resolves to how many. */
  revokeUser(user: UserAddress, reason: RevocationReason): Promise<number>
  /** Takes back what its user has no right to any more, reminds of ends, renews the authority. Called regularly and when keys change. */
  review(): Promise<void>
}

const mostADay = 8
const day = 86_400_000

export function createX509(options: X509Options): X509 {
  const { store, clock } = options
  const authority = openOwnAuthority(options)
  const publication = createPublication({ ...options, authority })
  const changed = (): void => {
    publication.changed()
    options.changed()
  }
  const needed = async (): Promise<X509Pair> => {
    const isFirst = (await authority.existing()) === null
    const pair = await authority.needed()
    if (isFirst) changed()
    return pair
  }
  const takeBack = async (entries: readonly X509Entry[], reason: RevocationReason): Promise<number> => {
    const valid = entries.filter(({ revoked }) => revoked === null)
    for (const entry of valid) await store.putX509({ ...entry, revoked: { time: clock.now(), reason } })
    if (valid.length > 0) changed()
    return valid.length
  }
  const list: X509['list'] = user => store.listX509(user, clock.now())
  return {
    ...publication,
    authority: async () => (await needed()).certificate,
    issue: user => issue(options, needed, user),
    list,
    async revoke(text, reason) {
      const serial = parseSerial(text)
      const known = (await list(null)).find(entry => entry.serial === serial)
      await takeBack([known ?? unrecorded(serial, clock.now())], reason)
    },
    revokeUser: async (user, reason) => takeBack(await list(user), reason),
    async review() {
      if (await authority.renew()) changed()
      await reviewCertificates(options, await list(null), (entry, reason) => takeBack([entry], reason))
    },
  }
}

async function issue(
  options: X509Options,
  needed: () => Promise<X509Pair>,
  user: UserAddress,
): Promise<IssuedCertificate> {
  const { domain, store, work, clock, random } = options
  await ensureTrusted(options, user)
  const recent = (await store.listX509(user, clock.now())).filter(({ issued }) => issued > clock.now() - day)
  if (recent.length >= mostADay) throw tooMany()
  const pair = await needed()
  const client = await work.run('issueClientCertificate', domain, pair, user, clock.now())
  const { serialNumber, validTo } = new X509Certificate(client.certificate)
  const [serial, expires] = [serialNumber.toLowerCase(), Date.parse(validTo)]
  await store.putX509({ serial, user, issued: clock.now(), expires, revoked: null, reminded: false })
  const passphrase = newPassphrase(random)
  const file = await work.run('encodePkcs12', pair, client, user, passphrase)
  return { serial, expires, file, passphrase }
}

async function ensureTrusted({ store, directory }: X509Options, user: UserAddress): Promise<void> {
  const entry = await store.find('user', user)
  if (!entry)
    throw new PluginError(
      'recipient-unknown',
      'This user has no key here. Write the address in full; a user gets a key by writing "help" to P3DO.',
    )
  if ((await directory.doubt(entry)) !== null)
    throw new PluginError(
      'recipient-untrusted',
      'The key of this user is not valid now, so nothing is issued.',
    )
}

function parseSerial(text: string): string {
  const serial = text.replaceAll(':', '').toLowerCase()
  if (/^[0-7][0-9a-f]{1,39}$/.test(serial) && serial.length % 2 === 0) return serial
  throw new PluginError('bad-format', 'That is no serial number; copy one from the list of certificates.')
}

// For as long as any that is not known here can still be valid.
function unrecorded(serial: string, now: number): X509Entry {
  return { serial, user: null, issued: now, expires: now + clientLifetime, revoked: null, reminded: true }
}

function tooMany(): PluginError {
  return new PluginError(
    'too-many-requests',
    `A user gets ${mostADay} certificates a day; try again tomorrow.`,
  )
}
