// Cells with onions for nobody, sealed as a server's own speaker seals them: what a countersigned server can flood with.
import { decodeEpochs } from '../../plugin/mor/context-keys.js'
import { epochOf } from '../../plugin/mor/epoch.js'
import type { ContextStore } from '../../plugin/ports.js'
import type { Sealer } from '../../plugin/sealer.js'

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
