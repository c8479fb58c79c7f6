// OpenPGP.js as judge of our codec: a key that both sides hold, and a writer in our profile.
import * as openpgp from 'openpgp'
import { unwrappingKey, type UnwrappingKey } from '../plugin/openpgp/index.js'

/** One X25519 key as OpenPGP.js and as our codec see it, and OpenPGP.js writing a layer with our parameters. */
export async function judgeKey(): Promise<{
  secretKey: openpgp.PrivateKey
  unwrapping: UnwrappingKey
  write: (contents: Uint8Array, padding: number | null) => Promise<Buffer>
}> {
  const { privateKey: secretKey } = await openpgp.generateKey({
    type: 'curve25519',
    userIDs: [{ name: 'judge' }],
    format: 'object',
    config: { aeadProtect: true, preferredAEADAlgorithm: openpgp.enums.aead.ocb },
  })
  const packet = secretKey.subkeys[0]?.keyPacket as unknown as {
    publicParams: { A: Uint8Array }
    privateParams: { k: Uint8Array }
  }
  const unwrapping = unwrappingKey(Buffer.from(packet.publicParams.A), Buffer.from(packet.privateParams.k))
  return { secretKey, unwrapping, write: (contents, padding) => write(secretKey, contents, padding) }
}

async function write(key: openpgp.PrivateKey, contents: Uint8Array, padding: number | null): Promise<Buffer> {
  const message = await openpgp.createMessage({ binary: contents, date: new Date(0) })
  if (padding !== null) message.packets.push(paddingPacket(padding))
  const written: unknown = await openpgp.encrypt({
    message,
    encryptionKeys: key,
    wildcard: true,
    date: new Date(),
    format: 'binary',
    config: { aeadProtect: true, preferredAEADAlgorithm: openpgp.enums.aead.ocb, aeadChunkSizeByte: 5 },
  })
  return Buffer.from(written as Uint8Array)
}

function paddingPacket(length: number): openpgp.BasePacket {
  const { PaddingPacket } = openpgp as unknown as { PaddingPacket: new () => openpgp.BasePacket & Padding }
  const packet = new PaddingPacket()
  packet.createPadding(length)
  return packet
}

interface Padding {
  createPadding: (length: number) => void
}
