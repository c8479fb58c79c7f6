// Which keys of users' own clients are certified: exactly the user's, valid now, usable, and not too large (PROTO s9.3).
import { PluginError } from '../errors.js'
import {
  keyFlag,
  mergeCertificates,
  parseCertificate,
  standingOf,
  userIdOf,
  type Certificate,
  type Standing,
} from '../openpgp/index.js'
import type { UserAddress } from '../ports.js'

// A key that a client makes has some hundred octets, one of RSA some thousand; every peer keeps a copy.
const mostOctets = 32_768
const mostSubkeys = 20

/**
 * The certificate as it may be certified: what its own key did not sign is left out. `now` is in milliseconds.
 * @throws PluginError `custody-wrong` that says what is wrong with it and what to do
 */
export async function ensureAcceptable(octets: Buffer, user: UserAddress, now: number): Promise<Certificate> {
  if (octets.length > mostOctets)
    throw refused(
      `It has ${String(octets.length)} octets, and at most 32,768 are taken. Export it minimal and publish that.`,
    )
  const read = parse(octets)
  const [only, ...others] = read.userIds
  if (others.length > 0 || !only?.packet.equals(Buffer.from(userIdOf(user))))
    throw refused(
      `It must have exactly one user ID, ${userIdOf(user)}, and nothing beside it. Make one like that.`,
    )
  if (read.subkeys.length > mostSubkeys)
    throw refused('It has more than 20 subkeys. Leave out those that have ended.')
  const certificate = await mergeCertificates(null, read, () => null)
  const standing = await standingOf(certificate, now)
  if (standing.state !== 'valid') throw refused(states[standing.state])
  ensureUsable(standing)
  return certificate
}

// The parser's words fit: secret keys, photos, other versions, broken packets.
function parse(octets: Buffer): Certificate {
  try {
    return parseCertificate(octets)
  } catch (cause) {
    if (cause instanceof PluginError) throw refused(cause.message, cause)
    throw cause
  }
}

function ensureUsable({ keys }: Standing): void {
  const has = (flag: number): boolean => keys.some(({ flags }) => (flags & flag) !== 0)
  if (!has(keyFlag.encrypt))
    throw refused('It has no subkey that encrypts and is valid now. Add one, or make a new key.')
  if (!has(keyFlag.sign)) throw refused('It has no key that signs and is valid now. Make a new key.')
}

const states = {
  revoked: 'It is revoked. Make a new one.',
  expired: 'It has ended. Make it valid for longer and publish it again, or make a new one.',
  unsigned: 'Its signature of its own user ID is missing, broken or has ended. Make a new one.',
} as const

function refused(reason: string, cause?: unknown): PluginError {
  return new PluginError('custody-wrong', `The key that your client published is not accepted. ${reason}`, {
    cause,
  })
}
