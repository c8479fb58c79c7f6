// What is kept of visits; part of ports.ts, by which everybody imports it.

/** Visits of users of other servers here, sealed before they come here: who visits is nobody's to read. */
export interface VisitStore {
  listVisits(): Promise<{ readonly name: Buffer; readonly sealed: Buffer }[]>
  /** Inserts, or replaces the one of that name, 16 octets. */
  saveVisit(name: Buffer, sealed: Buffer): Promise<void>
  removeVisit(name: Buffer): Promise<void>
}
