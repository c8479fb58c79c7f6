// Whether a bot is still in its room: rooms forget a bot without telling it (XEP-0410).
import type { Cancel, Clock, Random } from '../../plugin/ports.js'
import { backoff } from './backoff.js'
import type { Link } from './link.js'
import { selfPing } from './rooms-stanzas.js'
import { StanzaRefused } from './stanza-errors.js'

export type Standing = 'in' | 'out' | 'unknown'

// XEP-0410 s3.2. With item-not-found the nick is no longer ours; ours never changes, so the room is a new one: out.
const stillIn = ['feature-not-implemented', 'service-unavailable']
const unknown = ['remote-server-not-found', 'remote-server-timeout']
const answerWithin = 30_000

/** Asks the room; `unknown` where nobody answers for it. */
export async function askStanding(link: Link, bot: string, occupant: string): Promise<Standing> {
  try {
    await link.request(selfPing(bot, occupant), answerWithin)
    return 'in'
  } catch (error) {
    if (!(error instanceof StanzaRefused)) return 'unknown'
    if (stillIn.includes(error.condition)) return 'in'
    return unknown.includes(error.condition) ? 'unknown' : 'out'
  }
}

export interface Watch {
  /** The bot is in: look from time to time until `stop`. */
  start(): void
  stop(): void
  /** The room said something. */
  heard(): void
  /** There is a reason to look, in so many milliseconds; further reasons until then change nothing. */
  lookIn(delay: number): void
}

// A speaker is never silent for long, so silence is a reason to look; a room silent by nature is looked at rarely.
const quiet = 5000
const rarely = 270_000

/** Watches one stay; `out` is called once when the room says that the bot is not in it. */
export function createWatch(
  { clock, random }: { readonly clock: Clock; readonly random: Random },
  ask: () => Promise<Standing>,
  out: () => void,
): Watch {
  let timer: Cancel = () => undefined
  // Counts starts and stops, so that an answer to a question from before does nothing.
  let watch = 0
  let [asking, soon, lively, failures] = [false, false, false, 0]

  function tickIn(delay: number): void {
    timer()
    timer = clock.after(delay, tick)
  }

  function tick(): void {
    if (soon || !lively) return void look()
    lively = false
    tickIn(quiet)
  }

  async function look(): Promise<void> {
    asking = true
    const current = watch
    const standing = await ask()
    if (current !== watch) return
    ;[asking, soon] = [false, false]
    if (standing === 'out') {
      out()
      return
    }
    failures = standing === 'in' ? 0 : failures + 1
    tickIn(standing === 'in' ? rarely + random.below(rarely / 5) : backoff(failures - 1, random))
  }

  function stop(): void {
    watch++
    ;[asking, soon, lively] = [false, false, false]
    timer()
  }

  return {
    lookIn: delay => {
      if (asking || soon) return
      soon = true
      tickIn(delay)
    },
    start: () => {
      stop()
      tickIn(quiet)
    },
    stop,
    heard: () => {
      if (!lively && !asking && !soon) tickIn(quiet)
      lively = true
    },
  }
}
