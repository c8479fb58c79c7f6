// What both ends of handing over a visit must know after a restart: that all was told, and that all was taken (PROTO s12.6).
import type { DeliveryStore } from '../ports.js'

type NoteStore = Pick<DeliveryStore, 'loadIncoming' | 'saveIncoming'>

/** Notes something by its name, which no conversation has. */
export function note(store: NoteStore, name: Buffer): Promise<void> {
  return store.saveIncoming(name, { next: 1, showing: false, unshown: [] })
}

export async function isNoted(store: NoteStore, name: Buffer): Promise<boolean> {
  return (await store.loadIncoming(name)) !== null
}
