// Who vouches for a parcel: its sender's home, or the server that he visits by his own word (PROTO s6, s12.4).
import { homeOf } from '../addresses.js'
import { PluginError } from '../errors.js'
import type { Directory } from '../pki/index.js'
import type { Clock, Domain, UserAddress } from '../ports.js'
import { verifyProof } from '../visits/index.js'
import type { Work } from '../work.js'
import type { Parcel } from './parcel.js'

export interface VouchingOptions {
  readonly domain: Domain
  readonly directory: Pick<Directory, 'signers' | 'user'>
  readonly work: Work
  readonly clock: Clock
}

/** What came with a parcel. */
export interface Vouched {
  readonly signed: Buffer
  readonly voucher: Buffer
  /** Whose mailbox key opened it; `null` for a key of this server. */
  readonly visitor: UserAddress | null
}

// Cells wait and peers' clocks differ; what is older was held back.
const longestWay = 7 * 86_400

/**
 * The server that vouched for a parcel, which is trusted now and may speak for the sender.
 * @throws PluginError `bad-format` where there is none, or the parcel is not for whom it came to
 */
export async function serverOf(
  options: VouchingOptions,
  parcel: Parcel,
  { signed, voucher, visitor }: Vouched,
): Promise<Domain> {
  const { clock, work, domain, directory } = options
  const now = clock.now()
  const isHere = visitor === null ? homeOf(parcel.recipient) === domain : parcel.recipient === visitor
  if (!isHere) throw refused('is for another server')
  if (Math.abs(now / 1000 - parcel.sent) > longestWay) throw refused('is too old')
  const server = await allowed(options, parcel)
  for (const { octets } of await directory.signers(server))
    if (await work.run('verifyDocument', octets, signed, voucher, now)) return server
  throw refused('has no valid voucher')
}

// At another server only who says so himself, with a key that his trusted home certified.
async function allowed(options: VouchingOptions, { sender, sent, proof }: Parcel): Promise<Domain> {
  if (!proof) return homeOf(sender)
  const { directory, work, clock } = options
  const certificate = await directory.user(sender)
  const { server, from, until } = await verifyProof(work, proof, sender, certificate, clock.now())
  // Servers' clocks differ by some minutes.
  const isThen = from / 1000 <= sent + latitude && sent <= until / 1000
  if (!isThen || server === homeOf(sender)) throw refused('is from a server that its sender does not visit')
  return server
}

const latitude = 600

function refused(reason: string): PluginError {
  return new PluginError('bad-format', `A delivered message ${reason}.`)
}
