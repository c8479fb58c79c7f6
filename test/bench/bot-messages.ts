// What the benchmark and its bots say to each other, one bot process beside each server.
import type { ServerName } from '../lab/network.js'

/** What a bot needs to attach itself to its server. */
export interface BotPlace {
  readonly name: ServerName
  readonly domain: string
  readonly service: string
  readonly component: string
  readonly rooms: string
  readonly secret: string
  /** Where its database goes. */
  readonly folder: string
  readonly others: readonly {
    readonly name: ServerName
    readonly domain: string
    readonly component: string
  }[]
}

/** `bare`: frames are spoken and heard, nothing else. `plugin`: they are cells, and the plugin works on them. */
export type Mode = 'idle' | 'bare' | 'plugin'

export type ToBot =
  | { readonly kind: 'start'; readonly place: BotPlace }
  /** All counts begin again at 0. */
  | { readonly kind: 'mode'; readonly mode: Mode }
  /** How many of the bot's frames that listener has heard since. */
  | { readonly kind: 'heard'; readonly by: ServerName; readonly total: number }

export type FromBot =
  { readonly kind: 'ready' } | { readonly kind: 'heard'; readonly from: ServerName; readonly total: number }
