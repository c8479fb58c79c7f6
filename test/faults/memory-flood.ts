// A countersigned server that speaks what it likes when it likes, with the link key of its own context.
import { sealOnion } from '../../plugin/mor/cell.js'
import { shortName } from '../../plugin/mor/speaker.js'
import type { ContextAddress } from '../../plugin/ports.js'
import { foreignOnion } from '../_listener.js'
import type { MemoryServer } from '../_memory-servers.js'
import { linksOf } from './foreign-frames.js'

export interface MemoryFlood {
  /** Speaks one onion for nobody in the server's context. */
  speak(server: MemoryServer): Promise<void>
  /** Whether any of these servers heard any of them, or there were none. */
  hadEffect(servers: readonly MemoryServer[]): boolean
}

export function createMemoryFlood(): MemoryFlood {
  const spoken = new Set<string | number | undefined>()
  return {
    async speak({ store, sealer, host, domain, now }) {
      for (const [name, link] of await linksOf(store, sealer, now())) {
        const onion = foreignOnion()
        const context = `${name}@conference.${domain}` as ContextAddress
        if (host.carrier.speak(context, sealOnion(link, onion))) spoken.add(shortName(onion))
      }
    },
    hadEffect: servers =>
      spoken.size === 0 ||
      servers.some(({ journey }) =>
        journey.some(({ event, onion }) => event === 'heard' && spoken.has(onion)),
      ),
  }
}
