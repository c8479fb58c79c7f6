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
// What was on its way when a link between servers broke is lost without a word.
const answerWithin = 10_000

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
  /** The bot is in: look whenever the speaker is silent, until `stop`. */
  start(): void
  stop(): void
  /** The speaker said something. */
  heard(): void
  /** There is a reason to look, in so many milliseconds; further reasons until then change nothing. */
  lookIn(delay: number): void
}

/** What a watch finds out, each once for a `start`. */
export interface Findings {
  /** The room says that the bot is not in it. */
  out(): void
  /** The room says that the bot is in it, and nothing of the speaker has come for long. `false`: go on looking. */
  deaf(): boolean
}

// A speaker is never silent for long, so silence is a reason to look.
const quiet = 5000
// Prosody drops a bot at the first cell that it can not send it, and the word of that is lost with the link: the next question
// shows it. A room that lists the bot may forget it in the next moment, when its server ends while the speaker is away, so that
// it is asked on. What no question shows, such as a speaker whose coming was lost on the way here, joining anew mends. Where
// nobody speaks that helps nothing and becomes rare: after 15 to 22 s at first, in the end after 10 to 15 min.
const deafness = 15

/** Watches one stay. */
export function createWatch(
  { clock, random }: { readonly clock: Clock; readonly random: Random },
  ask: () => Promise<Standing>,
  { out, deaf }: Findings,
): Watch {
  let timer: Cancel = () => undefined
  // Counts starts and stops, so that an answer to a question from before does nothing.
  let watch = 0
  let [asking, soon, lively] = [false, false, false]
  // Since the speaker was heard: questions, and stays given up as deaf; until when this stay is not.
  let [looks, stays, hopeful] = [0, 0, 0]

  function tickIn(delay: number): void {
    timer()
    timer = clock.after(delay, tick)
  }

  function tick(): void {
    if (soon || !lively) return void look()
    listenOn()
  }

  function listenOn(): void {
    lively = false
    hopeful = clock.now() + deafness * backoff(stays, random)
    tickIn(quiet)
  }

  async function look(): Promise<void> {
    asking = true
    const current = watch
    const standing = await ask()
    if (current !== watch) return
    ;[asking, soon] = [false, false]
    if (standing === 'out') out()
    else if (lively) listenOn()
    else if (standing !== 'in' || clock.now() < hopeful || !giveUp()) tickIn(backoff(looks++, random))
  }

  function giveUp(): boolean {
    const isGivenUp = deaf()
    if (isGivenUp) stays++
    return isGivenUp
  }

  function stop(): void {
    watch++
    ;[asking, soon, lively, looks] = [false, false, false, 0]
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
      listenOn()
    },
    stop,
    heard: () => {
      if (!lively && !asking && !soon) tickIn(quiet)
      ;[lively, looks, stays] = [true, 0, 0]
    },
  }
}
