// Peers tell that something changed, and whoever wants to know asks again (PROTO s9.4).
import * as v from 'valibot'
import { parseReceived } from '../received.js'
import type { Peer } from './contacts.js'

export interface Told {
  /** Takes the body of a request `told`. @throws PluginError `bad-format` */
  take(peer: Peer, body: unknown): void
  on(topic: string, handler: (peer: Peer) => void): void
}

const toldBody = v.strictObject({ topic: v.picklist(['members', 'keys', 'certificate', 'x509']) })

export function createTold(): Told {
  const handlers = new Map<string, ((peer: Peer) => void)[]>()
  return {
    take(peer, body) {
      for (const handler of handlers.get(parseReceived(toldBody, body).topic) ?? []) handler(peer)
    },
    on: (topic, handler) => void handlers.set(topic, [...(handlers.get(topic) ?? []), handler]),
  }
}
