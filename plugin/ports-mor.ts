// What the plugin needs kept of onions and of own contexts; part of ports.ts, by which everybody imports it.

/** Seen onions and opened shared secrets, kept over a restart. Keys are 16 octets. */
export interface OnionStore {
  /** Seen hashes that have not expired, in the order of their octets: all, or those after that one, at most so many. */
  loadSeen(now: number, after?: Buffer, most?: number): Promise<Buffer[]>
  addSeen(entries: readonly { hash: Buffer; expires: number }[]): Promise<void>
  /** Remembers an opened secret, durably, before it is acted on. `false`: it was there already, a replay. */
  addOpened(secret: Buffer, expires: number): Promise<boolean>
  expire(now: number): Promise<void>
}

/** Own contexts with their keys, which stay sealed in the store. */
export interface ContextStore {
  loadContexts(): Promise<{ name: string; group: string; keys: Buffer }[]>
  saveContext(context: { name: string; group: string; keys: Buffer }): Promise<void>
  removeContext(name: string): Promise<void>
}
