// Certifying users' keys, beside the calls that cannot be left out: reading the key, hashing, signing, and the check of its
// own signatures where it is met for the first time.
import { createPrivateKey, createPublicKey, hash, sign, verify, type KeyObject } from 'node:crypto'
import { systemClock } from '../../adapters/clock.js'
import { parseUserAddress } from '../../plugin/addresses.js'
import { generateUserKey, parseCertificate, type Certificate } from '../../plugin/openpgp/index.js'
import { keyOctets } from '../../plugin/openpgp/public-key.js'
import { boundOctets, certifiedOctets, digestInput, type Signature } from '../../plugin/openpgp/signature.js'
import { openIdentity } from '../../plugin/pki/index.js'
import { generateKeyPair } from '../../plugin/openpgp/key-pair.js'
import { compared, type Row } from './report.js'
import { race, type RoundOptions } from './rounds.js'
import { ringDomain } from './ring.js'

const leastRatio = 0.5

export interface CertifyOptions extends RoundOptions {
  /** Keys to be met for the first time; more than the plugin remembers as checked, by default. */
  readonly keys?: number
}

export async function benchCertify({ keys = 10_000, ...options }: CertifyOptions): Promise<Row[]> {
  const identity = await openIdentity(ringDomain, { load: none, save: noStore }, systemClock)
  const user = parseUserAddress(`alice@${ringDomain}`)
  const mailboxKey = Buffer.alloc(32, 1)
  const ours = (octets: Buffer): Promise<Buffer> => identity.authority.certifyUser(octets, user, mailboxKey)
  const bare = createBare()
  const all = Array.from({ length: keys }, () => generateUserKey(user, systemClock.now()).certificate.octets)
  const [known = Buffer.alloc(0)] = all
  const rows: Row[] = []
  for (const { name, against, next, others } of [
    {
      name: 'a user certified, his key checked before',
      against: 'bare: read, sign, write',
      next: () => () => known,
      others: [bare.certify],
    },
    {
      name: 'a user certified, his key new',
      against: 'bare: read, check, sign, write',
      next: () => nextOf(all),
      others: [bare.check, bare.certify],
    },
  ]) {
    const [first, second] = [next(), next()]
    const times = await race(
      [
        { name: 'ours', run: () => ours(first()) },
        { name: 'bare', run: () => bare.read(second(), others) },
      ],
      options,
    )
    const rate = (time: number): number => 1000 / time
    rows.push(compared([name, rate(times.ours), 'users/s'], [against, rate(times.bare)], leastRatio))
  }
  return rows
}

const none = (): Promise<null> => Promise.resolve(null)
const noStore = (): Promise<void> => Promise.resolve()

// All the way round before one comes again.
function nextOf(all: readonly Buffer[]): () => Buffer {
  let at = 0
  return () => all[at++ % all.length] ?? Buffer.alloc(0)
}

type Step = (certificate: Certificate) => unknown

// Nothing is judged or put in order; the authority's key is at hand.
function createBare() {
  const { octets, secretOctets } = generateKeyPair('Ed25519')
  const x = octets.toString('base64url')
  const jwk = { kty: 'OKP', crv: 'Ed25519', x, d: secretOctets.toString('base64url') }
  // As long as what a certification says of itself.
  const covered = Buffer.alloc(144)
  const secret = createPrivateKey({ key: jwk, format: 'jwk' })
  return {
    read(octets: Buffer, steps: readonly Step[]): void {
      const certificate = parseCertificate(octets)
      for (const step of steps) step(certificate)
    },
    certify({ primary, userIds: [userId], octets: read }: Certificate): Buffer {
      const signed = digestInput(covered, certifiedOctets(primary, userId?.packet ?? covered))
      return Buffer.concat([read, covered, sign(null, hash('sha512', signed, 'buffer'), secret)])
    },
    check({ primary, userIds, subkeys }: Certificate): void {
      const key = verifyingKey(keyOctets(primary) ?? Buffer.alloc(0))
      for (const { packet, signatures } of userIds)
        for (const item of signatures) verifyBare(key, item, certifiedOctets(primary, packet))
      for (const { key: subkey, signatures } of subkeys)
        for (const item of signatures) verifyBare(key, item, boundOctets(primary, subkey))
    },
  }
}

function verifyingKey(octets: Buffer): KeyObject {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: octets.toString('base64url') }
  return createPublicKey({ key: jwk, format: 'jwk' })
}

// The material has its own form in OpenPGP; these are the octets of a signature all the same, and cost the same.
function verifyBare(key: KeyObject, { covered, material }: Signature, octets: Buffer): void {
  const digest = hash('sha512', digestInput(covered, octets), 'buffer')
  verify(null, digest, key, material.subarray(-64))
}
