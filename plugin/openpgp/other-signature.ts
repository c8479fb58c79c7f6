// Signatures with RSA and ECDSA, verified by OpenPGP.js.
import { enums, PublicKeyPacket, SignaturePacket } from 'openpgp'
import type { PublicKey } from './public-key.js'
import type { Signature } from './signature.js'

const rsaAndEcdsa = new Set([1, 3, 19])

/**
 * Whether the key made this signature over these octets. SignaturePacket.verify does not compare the packet's own type with
 * what is asked for, and misreads some subpackets: type, times and subpackets are for the caller to judge, and it is handed
 * the octets to hash, whatever kind it believes they are.
 */
export async function verifyOther(signature: Signature, key: PublicKey, octets: Buffer): Promise<boolean> {
  if (!rsaAndEcdsa.has(key.algorithm)) return false
  const packet = Object.assign(new SignaturePacket(), { toSign: () => octets })
  const publicKey = new PublicKeyPacket()
  try {
    packet.read(signature.body)
    await publicKey.read(key.body)
    await packet.verify(publicKey, enums.signature.binary, octets, new Date(signature.created * 1000))
    return true
  } catch (error) {
    if (error instanceof Error) return false // its one way to say no
    throw error
  }
}
