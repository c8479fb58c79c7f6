// What is kept of a pseudonym, sealed and of few lengths: whose it is must not lie on disk.
import * as v from 'valibot'
import { parseUserAddress } from '../addresses.js'
import type { PseudonymEntry, PseudonymStore, UserAddress } from '../ports.js'
import type { Sealer } from '../sealer.js'

/** A pseudonym of one of this server's users, or of nobody any more. */
export interface Pseudonym {
  readonly address: UserAddress
  /** `null` as soon as it is dropped. */
  readonly owner: UserAddress | null
  /**
   * `new`: nobody else knows it yet; `live`: its key is published; `ending`: its key is to be revoked; `ended`: only the name is
   * kept, so that nobody gets it.
   */
  readonly state: 'new' | 'live' | 'ending' | 'ended'
  /** When it is seen to the next time: published, renewed or revoked. Milliseconds. */
  readonly due: number
}

export interface PseudonymRecords {
  readonly store: PseudonymStore
  readonly sealer: Sealer
}

const address = v.pipe(v.string(), v.transform(parseUserAddress))
const record = v.strictObject({
  address,
  owner: v.nullable(address),
  state: v.picklist(['new', 'live', 'ending', 'ended']),
  due: v.number(),
})

// With the length, a short name of an owner would show.
const step = 512

export async function savePseudonym(
  { store, sealer }: PseudonymRecords,
  pseudonym: Pseudonym,
): Promise<void> {
  const name = nameOf(sealer, pseudonym.address)
  const text = JSON.stringify(pseudonym)
  const octets = Buffer.from(text.padEnd(Math.ceil(text.length / step) * step))
  await store.savePseudonym({ name, sealed: sealer.seal(labelOf(name), octets) })
}

/** Whether somebody has it, or had. */
export async function isTaken({ store, sealer }: PseudonymRecords, wanted: UserAddress): Promise<boolean> {
  return (await store.loadPseudonym(nameOf(sealer, wanted))) !== null
}

/** All that are or were. @throws PluginError `secret-missing` where the seal does not open them */
export async function loadPseudonyms({ store, sealer }: PseudonymRecords): Promise<Pseudonym[]> {
  const open = ({ name, sealed }: PseudonymEntry): Pseudonym =>
    v.parse(record, JSON.parse(sealer.unseal(labelOf(name), sealed).toString()))
  return (await store.listPseudonyms()).map(open)
}

function nameOf(sealer: Sealer, pseudonym: UserAddress): Buffer {
  return sealer.name(`pseudonym ${pseudonym}`)
}

function labelOf(name: Buffer): string {
  return `pseudonym ${name.toString('hex')}`
}
