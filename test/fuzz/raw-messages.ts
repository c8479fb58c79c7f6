// Messages for a user around any packets, as a sender can make them who does not keep to the rules (RFC 9580 s5.13.1).
import { createCipheriv, createHash, randomBytes } from 'node:crypto'
import { encryptSessionKey, readKey } from 'openpgp'
import type { Certificate } from '../../plugin/openpgp/index.js'
import { encodePacket, packetType, readPackets } from '../../plugin/openpgp/packets.js'
import { parseSignature } from '../../plugin/openpgp/signature.js'

const sealed = 18
const blockLength = 16

/** Encrypts packets as they are, under a new session key for the certificate's subkey, in SEIPD version 1. */
export async function messageAround(packets: Buffer, { octets }: Certificate): Promise<Buffer> {
  const data = randomBytes(32)
  const encryptionKeys = (await readKey({ binaryKey: octets })).toPublic()
  const date = new Date(Date.UTC(2026, 5, 2))
  const forOwner = await encryptSessionKey({
    data,
    algorithm: 'aes256',
    encryptionKeys,
    date,
    format: 'binary',
  })
  const start = randomBytes(blockLength)
  const plain = Buffer.concat([start, start.subarray(-2), packets, Buffer.of(0xd3, 0x14)])
  const whole = Buffer.concat([plain, createHash('sha1').update(plain).digest()])
  const cipher = createCipheriv('aes-256-cfb', data, Buffer.alloc(blockLength))
  const body = Buffer.concat([Buffer.of(1), cipher.update(whole), cipher.final()])
  return Buffer.concat([Buffer.from(forOwner), encodePacket(sealed, body)])
}

/** What a message holds that is signed: one-pass signature, literal, signature (RFC 9580 s10.3). */
export async function messagePackets(text: Buffer, signaturePacket: Buffer): Promise<Buffer> {
  const [packet] = readPackets(signaturePacket, { octets: 1024, body: 1024, packets: 1 })
  const signature = packet && parseSignature(packet.body)
  if (!signature) throw new Error('This is no signature.')
  const onePass = Buffer.of(3, signature.type, signature.hash, signature.algorithm, ...Buffer.alloc(8), 1)
  return Promise.resolve(
    Buffer.concat([
      encodePacket(packetType.onePassSignature, onePass),
      encodePacket(packetType.literal, Buffer.concat([Buffer.from('b\0\0\0\0\0', 'latin1'), text])),
      signaturePacket,
    ]),
  )
}
