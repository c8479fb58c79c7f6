// What the real network is made of, for whoever inflicts faults on it or watches it.
import type { FakedClock } from '../lab/faked-clock.js'
import type { Network, ServerName } from '../lab/network.js'
import type { Plugins } from '../lab/plugins.js'
import type { Book } from './book.js'
import type { ChatClient } from './chat-client.js'
import type { Letter } from './fault.js'
import type { LabFaults } from './lab-faults.js'
import type { LinkProxy } from './link-proxy.js'

export const letters: readonly ServerName[] = ['a', 'b', 'c']

export interface RealParts {
  readonly book: Book
  readonly network: Network
  readonly plugins: Plugins
  /** By the letters of both servers, e.g. `a b` for the way from a to b. */
  readonly links: ReadonlyMap<string, LinkProxy>
  /** Of the plugins' machines; none where no clock is to go wrong. */
  readonly clocks: ReadonlyMap<Letter, FakedClock>
  readonly lab: LabFaults
  readonly clients: ReadonlyMap<string, ChatClient>
  /** Who may try again when a message is refused, by its id. */
  readonly refusals: Map<string, () => void>
}
