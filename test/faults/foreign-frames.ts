// Cells with onions for nobody, sealed as a server's own speaker seals them: what a countersigned server can flood with.
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import database from 'knex'
import { askSnapshot } from '../../adapters/control/index.js'
import { createContextStore } from '../../adapters/database/own-records.js'
import { sealOnion } from '../../plugin/mor/cell.js'
import { decodeEpochs } from '../../plugin/mor/context-keys.js'
import { epochOf } from '../../plugin/mor/epoch.js'
import type { ContextStore } from '../../plugin/ports.js'
import { createSealer, type Sealer } from '../../plugin/sealer.js'
import { foreignOnion } from '../_listener.js'

/** The link key of today of each context that a server keeps, by the context's name. */
export async function linksOf(
  store: Pick<ContextStore, 'loadContexts'>,
  sealer: Sealer,
  now: number,
): Promise<ReadonlyMap<string, Buffer>> {
  const links = new Map<string, Buffer>()
  for (const { name, keys } of await store.loadContexts()) {
    const today = decodeEpochs(sealer.unseal(`context ${name}`, keys)).find(
      ({ epoch }) => epoch === epochOf(now),
    )
    if (today) links.set(name, today.link)
  }
  return links
}

/** Frames under the link key of the first context of the plugin in that folder; none where it is not running. */
export async function foreignFrames(folder: string, count: number): Promise<string[]> {
  const copy = await askSnapshot(join(folder, 'data')).catch(() => null)
  if (copy === null) return []
  const db = database.knex({ client: 'sqlite3', connection: { filename: copy }, useNullAsDefault: true })
  try {
    const sealKey = (await readFile(join(folder, 'secrets', 'seal'), 'utf8')).trim()
    const sealer = createSealer(Buffer.from(sealKey, 'hex'))
    const [link] = (await linksOf(createContextStore(db), sealer, Date.now())).values()
    return link ? Array.from({ length: count }, () => sealOnion(link, foreignOnion())) : []
  } finally {
    await db.destroy()
    await rm(copy, { force: true })
  }
}
