// What is kept of a lent room: sealed, since it says which servers its owner trusts.
import * as v from 'valibot'
import { parseDomain } from '../addresses.js'
import type { ContextAddress, Domain, RoomStore } from '../ports.js'
import { profiles, type ProfileName } from '../profiles.js'
import type { Sealer } from '../sealer.js'

export interface RoomRecord {
  readonly room: ContextAddress
  /** Milliseconds. */
  readonly since: number
  /** Servers that may listen, those that are peers now and others. */
  readonly allowed: readonly Domain[]
  readonly profile: ProfileName
  /** Milliseconds between cells where the owner wants another one than the profile's. */
  readonly interval: number | null
  readonly paused: boolean
  /** What the room was like, for the host. */
  readonly before: string
}

export interface RecordOptions {
  readonly store: RoomStore
  readonly sealer: Sealer
}

const kept = v.strictObject({
  since: v.number(),
  allowed: v.array(v.pipe(v.string(), v.transform(parseDomain))),
  profile: v.picklist(Object.keys(profiles) as ProfileName[]),
  interval: v.nullable(v.number()),
  paused: v.boolean(),
  before: v.string(),
})

/** @throws PluginError `secret-missing` where the seal does not open one */
export async function loadRecords({ store, sealer }: RecordOptions): Promise<readonly RoomRecord[]> {
  const stored = await store.loadRooms()
  return stored.map(({ room, sealed }) => ({
    room,
    ...v.parse(kept, JSON.parse(sealer.unseal(labelOf(room), sealed).toString())),
  }))
}

export async function saveRecord(
  { store, sealer }: RecordOptions,
  { room, ...record }: RoomRecord,
): Promise<void> {
  await store.saveRoom(room, sealer.seal(labelOf(room), Buffer.from(JSON.stringify(record))))
}

function labelOf(room: ContextAddress): string {
  return `lent room ${room}`
}
