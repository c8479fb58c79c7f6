// A countersigned server that speaks what it likes when it likes, with the link key of its own context.
import { decodeEpochs } from '../../plugin/mor/context-keys.js'
import { sealOnion } from '../../plugin/mor/cell.js'
import { epochOf } from '../../plugin/mor/epoch.js'
import type { ContextAddress } from '../../plugin/ports.js'
import { foreignOnion } from '../_listener.js'
import type { MemoryServer } from '../_memory-servers.js'

/** Speaks one onion for nobody in the server's context. */
export async function speakForeignOnion({ store, sealer, host, domain, now }: MemoryServer): Promise<void> {
  for (const { name, keys } of await store.loadContexts()) {
    const epochs = decodeEpochs(sealer.unseal(`context ${name}`, keys))
    const link = epochs.find(({ epoch }) => epoch === epochOf(now()))?.link
    const address = `${name}@conference.${domain}` as ContextAddress
    if (link) host.carrier.speak(address, sealOnion(link, foreignOnion()))
  }
}
