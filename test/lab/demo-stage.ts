// Where the demo plays: three servers with their plugins and two users, whatever carries them.
import type { Begin } from './demo-closing.js'
import type { ShownMessage } from './go-sendxmpp.js'
import type { Inbox } from './inbox.js'
import type { ServerName } from './network.js'
import type { Step } from './plugins.js'

export type Person = 'Alice' | 'Bob'

/** The users with their servers. */
export const people = {
  Alice: { home: 'a', address: 'alice@a.example' },
  Bob: { home: 'b', address: 'bob@b.example' },
} as const satisfies Record<Person, { home: ServerName; address: string }>

/** What somebody sees who watches all rooms and all that goes between servers, and has no keys. */
export interface Observation {
  /** Cells by room. */
  readonly cells: ReadonlyMap<string, number>
  /** Every length of a cell that was seen, in characters. */
  readonly lengths: ReadonlySet<number>
  /** How many stanzas or frames were searched, and which of the texts was found in them. */
  readonly searched: number
  readonly found: readonly string[]
}

/** A time span in milliseconds since 1970. */
export interface Span {
  readonly from: number
  readonly until: number
}

export interface Stage {
  /** Steps of all three plugins, and the demo's own. */
  readonly journey: Inbox<Step>
  /** What the users' clients show. */
  readonly shown: Readonly<Record<Person, Inbox<ShownMessage>>>
  /** Lets a user's client send a message to the other user or to the plugin of the own server. */
  write(from: Person, to: Person | 'plugin', text: string): Promise<void>
  /** Lets somebody take over c.example with another key, which DNS names too; resolves to how b.example takes it. */
  takeOver?(): Promise<string>
  /** Looks back at a span of time, and for texts that should be nowhere. */
  observe(span: Span, texts: readonly string[]): Promise<Observation>
}

export interface StageOptions {
  /** Empty folder for everything that is written. */
  readonly folder: string
  readonly profile: 'fast' | 'default'
  /** Tells what happens now. */
  readonly say: (text: string) => void
  readonly begin: Begin
}
