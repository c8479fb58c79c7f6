// The key under which the plugin itself encrypts and signs what it says to users whose clients hold their keys.
import { generateUnwrappingKey, generateUserKey, type UserKey } from '../openpgp/index.js'
import type { Clock, UserAddress } from '../ports.js'
import { loadRecord, saveRecord, type RecordOptions } from './record.js'

/** @param address under which the plugin chats; no user of the server has it, so the store has room for it */
export function createOwnKey(
  options: RecordOptions,
  address: UserAddress,
  clock: Clock,
): () => Promise<UserKey> {
  const loadOrMake = async (): Promise<UserKey> => {
    const known = (await loadRecord(options, address))?.key
    if (known) return known
    const key = generateUserKey(address, clock.now())
    await saveRecord(options, address, { key, mailbox: generateUnwrappingKey() })
    return key
  }
  let made: Promise<UserKey> | null = null
  return () => {
    made ??= loadOrMake()
    // What failed once is tried again.
    made.catch(() => (made = null))
    return made
  }
}
