// Several keys one after the other: a server's certificates, and the file with its secret keys (RFC 9580 s10.1, s10.2).
import { PluginError } from '../errors.js'
import { parseCertificate, type Certificate } from './certificate.js'
import { certificateLimits, encodePacket, packetType, readPackets, type PacketLimits } from './packets.js'
import { decodeSecretKey, encodeSecretKey } from './secret-key.js'
import type { ServerKey } from './server-key.js'

const mostKeys = 5
const limits: PacketLimits = {
  ...certificateLimits,
  octets: 196_608,
  packets: mostKeys * certificateLimits.packets,
}

/**
 * Reads one to five certificates, each within the limits of one.
 * @throws PluginError `bad-format`, `certificate-invalid`
 */
export function parseCertificates(octets: Buffer): [Certificate, ...Certificate[]] {
  const [first, ...others] = split(octets, packetType.publicKey).map(parseCertificate)
  if (first === undefined) throw new PluginError('bad-format', 'There is no certificate.')
  return [first, ...others]
}

/** Reads the keys of a server, newest first. @throws PluginError `secret-missing` */
export function decodeServerKeys(octets: Buffer): [ServerKey, ...ServerKey[]] {
  const [first, ...others] = split(octets, packetType.secretKey).map(decodeSecretKey)
  if (first === undefined) throw new PluginError('secret-missing', 'The file of the server key is empty.')
  return [first, ...others]
}

export function encodeServerKeys(keys: readonly ServerKey[]): Buffer {
  return Buffer.concat(keys.map(encodeSecretKey))
}

// What stands before the first primary key is left with it, so that its reader refuses it.
function split(octets: Buffer, primary: number): Buffer[] {
  const groups: Buffer[][] = []
  for (const { type, body } of readPackets(octets, limits)) {
    if (type === primary || groups.length === 0) groups.push([])
    groups.at(-1)?.push(encodePacket(type, body))
  }
  if (groups.length > mostKeys)
    throw new PluginError('certificate-invalid', 'There are more keys one after the other than are accepted.')
  return groups.map(group => Buffer.concat(group))
}
