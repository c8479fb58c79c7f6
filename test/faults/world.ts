// What a network must be able to do so that faults can be inflicted on it, whatever it is made of.
import type { Fault, FaultKind, Letter } from './fault.js'

export interface World {
  readonly servers: readonly Letter[]
  readonly floods: readonly Letter[]
  readonly users: readonly string[]
  /** Faults that it can have. */
  readonly kinds: readonly FaultKind[]
  begin(fault: Fault): Promise<void>
  /** Ends what lasts. */
  end(fault: Fault): Promise<void>
  /** A user writes; what becomes of it goes to the book. `refused`: he may try again, the message is not taken. */
  write(from: string, to: string, refused: () => void): void
  /** Lets time pass, milliseconds. */
  pass(ms: number): Promise<void>
  /** Messages that are accepted and not acknowledged. */
  waiting(): Promise<number>
  /** What must be true at every moment and can only be looked up; tells the book what is not. */
  inspect(): Promise<void>
  stop(): Promise<void>
}
