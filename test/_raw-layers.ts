// Layers and cells that break the one accepted form, each in one way, sealed with the right keys all the same.
import { createCipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { seal, type WrappingKey } from '../plugin/openpgp/index.js'
import { generateUnwrappingKey, sharedSecret, wrapSessionKey } from '../plugin/openpgp/x25519.js'

/** A literal packet as layers have it: binary, no name, date 0. */
export function literal(contents: Buffer, start = Buffer.from('620000000000', 'hex')): Buffer {
  return packet(11, Buffer.concat([start, contents]))
}

export function padding(length: number): Buffer {
  return packet(21, randomBytes(length))
}

/** A packet with its shortest length form, for bodies up to 8,383 octets. */
export function packet(type: number, body: Buffer): Buffer {
  const { length } = body
  const form = length < 192 ? [length] : [((length - 192) >> 8) + 192, (length - 192) & 0xff]
  return Buffer.concat([Buffer.of(0xc0 | type, ...form), body])
}

/** The same packet with a length of five octets, where fewer would do. */
export function longForm(type: number, body: Buffer): Buffer {
  const header = Buffer.of(0xc0 | type, 0xff, 0, 0, 0, 0)
  header.writeUInt32BE(body.length, 2)
  return Buffer.concat([header, body])
}

/** A PKESK of version 6 for the key; `named` writes its owner's fingerprint, which PROTO s3 forbids. */
export function sessionKeyPacket(sessionKey: Buffer, to: WrappingKey, named = false): Buffer {
  const ephemeral = generateUnwrappingKey()
  const shared = sharedSecret(ephemeral.secret, to)
  const wrapped = wrapSessionKey(sessionKey, ephemeral.octets, to.octets, shared)
  const recipient = named ? Buffer.concat([Buffer.of(21, 4), randomBytes(20)]) : Buffer.of(0)
  return packet(
    1,
    Buffer.concat([Buffer.of(6), recipient, Buffer.of(25), ephemeral.octets, Buffer.of(40), wrapped]),
  )
}

/** A layer around any packets, with the parameters of PROTO s2. */
export function layerAround(plaintext: Buffer, to: WrappingKey): Buffer {
  const sessionKey = randomBytes(32)
  return Buffer.concat([sessionKeyPacket(sessionKey, to), seal(sessionKey, plaintext)])
}

/** One chunk sealed as RFC 9580 s5.13.2 says, under parameters that PROTO s2 does not allow. */
export function sealedOtherwise(
  sessionKey: Buffer,
  plaintext: Buffer,
  aead: 'ocb' | 'gcm',
  chunkSize: number,
): Buffer {
  const parameters = Buffer.of(2, 9, aead === 'ocb' ? 2 : 3, chunkSize)
  const associated = Buffer.concat([Buffer.of(0xd2), parameters])
  const salt = randomBytes(32)
  const nonceLength = aead === 'ocb' ? 15 : 12
  const derived = Buffer.from(hkdfSync('sha256', sessionKey, salt, associated, 32 + nonceLength - 8))
  const sealOne = (index: number, more: Buffer, chunk: Buffer): Buffer => {
    const nonce = Buffer.concat([derived.subarray(32), Buffer.alloc(8)])
    nonce.writeUInt32BE(index, nonceLength - 4)
    const cipher =
      aead === 'ocb'
        ? createCipheriv('aes-256-ocb', derived.subarray(0, 32), nonce, { authTagLength: 16 })
        : createCipheriv('aes-256-gcm', derived.subarray(0, 32), nonce, { authTagLength: 16 })
    cipher.setAAD(Buffer.concat([associated, more]))
    return Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()])
  }
  const total = Buffer.alloc(8)
  total.writeUInt32BE(plaintext.length, 4)
  const chunks = [sealOne(0, Buffer.alloc(0), plaintext), sealOne(1, total, Buffer.alloc(0))]
  return packet(18, Buffer.concat([parameters, salt, ...chunks]))
}
