// Where the demo plays: three servers with their plugins and a user each, whatever carries them.
import type { Begin } from './demo-closing.js'
import type { Client, ShownMessage } from './go-sendxmpp.js'
import type { Inbox } from './inbox.js'
import type { Network, ServerName } from './network.js'
import type { Plugins, Step } from './plugins.js'

export type Person = 'Alice' | 'Bob' | 'Carol'

/** The users with their servers. */
export const people = {
  Alice: { home: 'a', address: 'alice@a.example' },
  Bob: { home: 'b', address: 'bob@b.example' },
  Carol: { home: 'c', address: 'carol@c.example' },
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
  /** Lets a user's client send an ordinary message to another user, or to the plugin of the own server. */
  write(from: Person, to: Person | 'plugin', text: string): Promise<void>
  /** Looks back at a span of time, and for texts that should be nowhere. */
  observe(span: Span, texts: readonly string[]): Promise<Observation>
  /** What the stage is made of where it is real: acts that stop servers or swap keys need it. */
  readonly real: RealParts | null
}

/** Chat servers, plugins and the stock client as the laboratory has them. */
export interface RealParts {
  readonly network: Network
  readonly plugins: Plugins['plugins']
  readonly client: Client
}

export interface StageOptions {
  /** Empty folder for everything that is written. */
  readonly folder: string
  readonly profile: 'fast' | 'default'
  /** Tells what happens now. */
  readonly say: (text: string) => void
  readonly begin: Begin
}
