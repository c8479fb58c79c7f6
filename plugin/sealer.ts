// Seals what must not lie on disk in clear, under a key that comes from a file of its own (NIST SP 800-38D).
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import { PluginError } from './errors.js'

const nonceLength = 12
const tagLength = 16
const nameLength = 16

/** Seals octets at rest. The label says what they are, so that one record can't stand in for another. */
export interface Sealer {
  seal(label: string, plaintext: Buffer): Buffer
  /** @throws PluginError `secret-missing` when they were sealed under another key or label, or changed */
  unseal(label: string, sealed: Buffer): Buffer
  /** 16 octets that stand for a label, the same each time: by them records are found that must not say whose they are. */
  name(label: string): Buffer
}

/** @param key 32 octets */
export function createSealer(key: Buffer): Sealer {
  const namingKey = createHmac('sha256', key).update('P3DO names').digest()
  return {
    name: label => createHmac('sha256', namingKey).update(label).digest().subarray(0, nameLength),
    seal(label, plaintext) {
      const nonce = randomBytes(nonceLength)
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength }).setAAD(
        Buffer.from(label),
      )
      return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
    },
    unseal(label, sealed) {
      const [nonce, data] = [sealed.subarray(0, nonceLength), sealed.subarray(nonceLength, -tagLength)]
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength })
        decipher.setAAD(Buffer.from(label)).setAuthTag(sealed.subarray(-tagLength))
        return Buffer.concat([decipher.update(data), decipher.final()])
      } catch (cause) {
        throw new PluginError(
          'secret-missing',
          'A stored secret does not open: the file named by secrets.seal is not the one it was sealed with. Put that file back.',
          { cause },
        )
      }
    },
  }
}
