// The store of ports.ts in a SQLite file.
import type { Store } from '../../plugin/ports.js'
import { openDatabase } from './connection.js'
import { createDeliveryStore } from './deliveries.js'
import { createOnionStore } from './onions.js'
import { createPeerStore } from './peers.js'
import { createKeyChangeStore } from './key-changes.js'
import { removeSnapshots, writeSnapshot } from './snapshot.js'
import { createRingStore } from './ring.js'
import { createX509Store } from './x509.js'
import { createContextStore, createDnsStore, createHostedKeyStore, createRouteStore } from './own-records.js'

/** The store with what only a file can do. */
export interface DatabaseStore extends Store {
  /** Writes a consistent copy beside the database and resolves to its path; whoever asked removes it. */
  snapshot(): Promise<string>
}

/**
 * Opens the store in a folder. Called by the composition root with `server.data`.
 * @throws PluginError `config-invalid` for a folder that can't be written, a database that is in use, damaged or newer
 */
export async function openStore(folder: string): Promise<DatabaseStore> {
  const db = await openDatabase(folder)
  await removeSnapshots(folder)
  return {
    ...createOnionStore(db),
    ...createRingStore(db),
    ...createKeyChangeStore(db),
    ...createContextStore(db),
    ...createHostedKeyStore(db),
    ...createRouteStore(db),
    ...createDeliveryStore(db),
    ...createDnsStore(db),
    ...createPeerStore(db),
    ...createX509Store(db),
    snapshot: () => writeSnapshot(db, folder),
    close: () => db.destroy(),
  }
}
