// What can go wrong on purpose, in whichever network.

/** A server by its letter. */
export type Letter = string

/** Times in milliseconds. What lasts is over after `lasts`; a plugin or host that was killed starts again then. */
export type Fault =
  /** The plugin ends in the middle of something: after so many steps of that work, at the end at the latest. */
  | {
      readonly kind: 'kill'
      readonly server: Letter
      readonly of: Work
      readonly steps: number
      readonly lasts: number
    }
  /** The chat server ends without a word. */
  | { readonly kind: 'host-kill'; readonly server: Letter; readonly lasts: number }
  /** The chat server stands still, its connections open. */
  | { readonly kind: 'host-pause'; readonly server: Letter; readonly lasts: number }
  /** Two servers do not reach each other. */
  | { readonly kind: 'cut'; readonly between: readonly [Letter, Letter]; readonly lasts: number }
  /** What passes between two servers is swallowed until it is over, all connections open. */
  | { readonly kind: 'black-hole'; readonly between: readonly [Letter, Letter]; readonly lasts: number }
  /** One side does not reach the other. */
  | { readonly kind: 'split'; readonly side: readonly Letter[]; readonly lasts: number }
  /** The clock of a server's machine goes wrong by so much, against the right time. */
  | { readonly kind: 'jump'; readonly server: Letter; readonly by: number; readonly lasts: number }
  /** A countersigned server speaks so many onions for nobody, off its clock. */
  | { readonly kind: 'flood'; readonly server: Letter; readonly onions: number; readonly lasts: number }
  /** Listeners miss this share of all cells. */
  | { readonly kind: 'loss'; readonly share: number; readonly lasts: number }
  /** This share of all cells is heard twice, the second time a little later. */
  | { readonly kind: 'repeats'; readonly share: number; readonly lasts: number }
  /** This share of all cells comes late, and so out of order. */
  | { readonly kind: 'delays'; readonly share: number; readonly lasts: number }

/** Its users' messages, or the cells that it carries for everybody. */
export type Work = 'messages' | 'cells'

export type FaultKind = Fault['kind']

/** A fault in a few words, for the report. */
export function describeFault(fault: Fault): string {
  const { kind, lasts, ...rest } = fault
  const details = Object.entries(rest).map(([name, value]) => `${name} ${String(value)}`)
  return [kind, ...details, `for ${(lasts / 1000).toFixed(1)} s`].join(', ')
}
