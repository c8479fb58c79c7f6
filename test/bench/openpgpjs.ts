// The same cells and layers, made and opened by OpenPGP.js as its documentation says (RFC 9580).
import * as openpgp from 'openpgp'
import { judgeKey } from '../_openpgp-judge.js'

const profile = { aeadProtect: true, preferredAEADAlgorithm: openpgp.enums.aead.ocb, aeadChunkSizeByte: 5 }

/** A key that OpenPGP.js and our codec both hold. */
export type SharedKey = Awaited<ReturnType<typeof judgeKey>>

export { judgeKey as createSharedKey }

/** @returns the contents, or null where none of the keys opens the layer */
export async function openLayer(
  layer: Uint8Array,
  keys: readonly SharedKey[],
): Promise<{ contents: Uint8Array; key: SharedKey } | null> {
  for (const key of keys) {
    const sessionKeys = await unwrap(layer, key)
    if (sessionKeys === null) continue
    const message = await openpgp.readMessage({ binaryMessage: layer })
    return { contents: await decrypt({ message, sessionKeys }), key }
  }
  return null
}

async function unwrap(layer: Uint8Array, key: SharedKey): Promise<openpgp.SessionKey[] | null> {
  const message = await openpgp.readMessage({ binaryMessage: layer })
  try {
    const found = await openpgp.decryptSessionKeys({ message, decryptionKeys: key.secretKey })
    // It names no cipher for a session key of a version 6 packet; the decryption takes it from the data.
    return found as openpgp.SessionKey[]
  } catch {
    return null // this is how it says that the layer is for somebody else
  }
}

/** Opens a layer with the one key that it is for, in one call. */
export async function openOwnLayer(layer: Uint8Array, key: SharedKey): Promise<Uint8Array> {
  const message = await openpgp.readMessage({ binaryMessage: layer })
  return decrypt({ message, decryptionKeys: key.secretKey })
}

/** Seals the contents of a cell under a link key, as a frame. */
export async function sealCell(link: Uint8Array, contents: Uint8Array): Promise<string> {
  const message = await openpgp.createMessage({ binary: contents, date: new Date(0) })
  const options = { message, sessionKey: sessionKey(link), format: 'binary', config: profile } as const
  return Buffer.from((await openpgp.encrypt(options)) as Uint8Array).toString('base64')
}

export async function openCell(link: Uint8Array, frame: string): Promise<Buffer> {
  const message = await openpgp.readMessage({ binaryMessage: new Uint8Array(Buffer.from(frame, 'base64')) })
  return Buffer.from(await decrypt({ message, sessionKeys: sessionKey(link) }))
}

async function decrypt(options: openpgp.DecryptOptions): Promise<Uint8Array> {
  const opened = await openpgp.decrypt({ ...options, format: 'binary' })
  return opened.data as Uint8Array
}

function sessionKey(link: Uint8Array): openpgp.SessionKey {
  return {
    data: new Uint8Array(link),
    algorithm: 'aes256',
    aeadAlgorithm: 'ocb',
  } as unknown as openpgp.SessionKey
}
