// What the plugin needs kept of pseudonyms; part of ports.ts, by which everybody imports it.

/** What is kept of a pseudonym, by a name of 16 octets that tells nobody which one it is; sealed, since it says whose it is. */
export interface PseudonymEntry {
  readonly name: Buffer
  readonly sealed: Buffer
}

/** Pseudonyms of this server's users, those of the past included: their names are given to nobody else. */
export interface PseudonymStore {
  loadPseudonym(name: Buffer): Promise<Buffer | null>
  /** Inserts, or replaces what was kept under that name. */
  savePseudonym(entry: PseudonymEntry): Promise<void>
  /** All, by their names. */
  listPseudonyms(): Promise<PseudonymEntry[]>
}
