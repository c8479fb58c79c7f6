// The keys of one context: each day has its own; those of the day before and of the next one are kept (PROTO s7.1).
import * as v from 'valibot'
import { randomBytes } from 'node:crypto'
import { generateUnwrappingKey, secretOctets, unwrappingKey, type UnwrappingKey } from '../openpgp/index.js'
import { epochOf, epochStart } from './epoch.js'

/** Keys of an own context for one day. */
export interface ContextEpoch {
  readonly epoch: number
  /** 32 octets under which every cell of that day is sealed. */
  readonly link: Buffer
  /** The context key: `speak` layers are wrapped to it. */
  readonly key: UnwrappingKey
}

const stored = v.array(
  v.strictObject({ epoch: v.number(), link: v.string(), public: v.string(), secret: v.string() }),
)

/**
 * The epochs that a context has at a time: yesterday's, today's and tomorrow's. Existing keys are kept, missing ones
 * made; older ones are forgotten, and with them everything that was sealed under them.
 */
export function renewEpochs(existing: readonly ContextEpoch[], now: number): ContextEpoch[] {
  const today = epochOf(now)
  const kept = new Map(existing.map(keys => [keys.epoch, keys]))
  return [today - 1, today, today + 1].flatMap(epoch => {
    const keys = kept.get(epoch)
    if (keys) return [keys]
    // Nothing was ever sealed under a missing key of yesterday.
    return epoch < today ? [] : [{ epoch, link: randomBytes(32), key: generateUnwrappingKey() }]
  })
}

// Members ask again after six hours at most, and have the new key before its day (PROTO s7.1).
const heardOfWithin = 6 * 3_600_000

/**
 * Makes other link keys for the days of which every member hears in time, so that who has been a member can read
 * nothing of them. Context keys stay: their private halves are here alone.
 */
export function replaceLinks(epochs: readonly ContextEpoch[], now: number): ContextEpoch[] {
  return epochs.map(keys =>
    epochStart(keys.epoch) - now >= heardOfWithin ? { ...keys, link: randomBytes(32) } : keys,
  )
}

/** Encodes the keys for the store, which gets them sealed. */
export function encodeEpochs(epochs: readonly ContextEpoch[]): Buffer {
  const plain = epochs.map(({ epoch, link, key }) => ({
    epoch,
    link: link.toString('base64'),
    public: key.octets.toString('base64'),
    secret: secretOctets(key).toString('base64'),
  }))
  return Buffer.from(JSON.stringify(plain))
}

export function decodeEpochs(octets: Buffer): ContextEpoch[] {
  return v.parse(stored, JSON.parse(octets.toString())).map(keys => ({
    epoch: keys.epoch,
    link: Buffer.from(keys.link, 'base64'),
    key: unwrappingKey(Buffer.from(keys.public, 'base64'), Buffer.from(keys.secret, 'base64')),
  }))
}
