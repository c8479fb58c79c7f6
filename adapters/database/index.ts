// The store of ports.ts in a SQLite file.
import type { Store } from '../../plugin/ports.js'
import { createAccountStore } from './accounts.js'
import { openDatabase } from './connection.js'
import { createDeliveryStore } from './deliveries.js'
import { explainFullDisk } from './full-disk.js'
import { createKeyChangeStore } from './key-changes.js'
import { createOnionStore } from './onions.js'
import { createPeerStore } from './peers.js'
import { createPseudonymStore } from './pseudonyms.js'
import { closePrepared } from './prepared.js'
import { cacheRing } from './ring-cache.js'
import { createRingStore } from './ring.js'
import { removeSnapshots, writeSnapshot } from './snapshot.js'
import { createSightingStore } from './sightings.js'
import { createSuspensionStore } from './suspensions.js'
import { createX509Store } from './x509.js'
import {
  createContextStore,
  createDnsStore,
  createHostedKeyStore,
  createPresenceStore,
  createRouteStore,
  createRoomStore,
  createRoutingStore,
  createVisitStore,
} from './own-records.js'

export { holdDatabase, type DatabaseVersion } from './inspect.js'

/** The store with what only a file can do. */
export interface DatabaseStore extends Store {
  /** Writes a consistent copy beside the database and resolves to its path; whoever asked removes it. */
  snapshot(): Promise<string>
}

/** Whether there is a store in a folder, which `openStore` would make otherwise. */
export { hasDatabase as hasStore } from './connection.js'

// A hundred thousand certificates of users; a small ring takes what it has.
const mostCachedOctets = 128 * 1024 * 1024

/**
 * Opens the store in a folder. Called by the composition root with `server.data`.
 * @throws PluginError `config-invalid` for a folder that can't be written, a database that is in use, damaged or newer
 */
export async function openStore(folder: string): Promise<DatabaseStore> {
  const db = await openDatabase(folder)
  await removeSnapshots(folder)
  const stores = explainFullDisk({
    ...createOnionStore(db),
    ...createKeyChangeStore(db),
    ...createRingStore(db),
    ...createSuspensionStore(db),
    ...createSightingStore(db),
    ...createContextStore(db),
    ...createHostedKeyStore(db),
    ...createRouteStore(db),
    ...createRoomStore(db),
    ...createRoutingStore(db),
    ...createVisitStore(db),
    ...createPresenceStore(db),
    ...createDeliveryStore(db),
    ...createDnsStore(db),
    ...createPeerStore(db),
    ...createX509Store(db),
    ...createPseudonymStore(db),
    ...createAccountStore(db),
    snapshot: () => writeSnapshot(db, folder),
    close: () => closePrepared(db),
  })
  return cacheRing(stores, mostCachedOctets)
}
