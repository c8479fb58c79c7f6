// A countersigned server that speaks what it likes when it likes, with the link key of its own context.
import { sealOnion } from '../../plugin/mor/cell.js'
import type { ContextAddress } from '../../plugin/ports.js'
import { foreignOnion } from '../_listener.js'
import type { MemoryServer } from '../_memory-servers.js'
import { linksOf } from './foreign-frames.js'

/** Speaks one onion for nobody in the server's context. */
export async function speakForeignOnion({ store, sealer, host, domain, now }: MemoryServer): Promise<void> {
  for (const [name, link] of await linksOf(store, sealer, now()))
    host.carrier.speak(`${name}@conference.${domain}` as ContextAddress, sealOnion(link, foreignOnion()))
}
