// A room of the in-process host: members listen, its speaker speaks, and in one that somebody owns he may, too.
import type { Cancel, Clock, Hear, ListenerAddress } from '../../plugin/ports.js'

export interface Room {
  admit(listener: ListenerAddress): void
  expel(listener: ListenerAddress): void
  admitted(): ListenerAddress[]
  /** Puts a listener into the room; it hears as long as it is a member. */
  join(listener: ListenerAddress, hear: Hear): Cancel
  /** Under which name the bot that speaks there is in; `null` when it is out. It is in at first. */
  speaker(): string | null
  setSpeaker(isIn: boolean): void
  /** Somebody who may speak comes under a name, and whoever had it is out of the room. */
  enter(name: string): void
  /** Every listener goes, and comes again. */
  rejoinAll(): void
  /** Lets every member hear a frame whom the network reaches. */
  speak(name: string, frame: string, reaches: (listener: ListenerAddress) => boolean): void
}

export function createRoom(clock: Clock): Room {
  const members = new Set<ListenerAddress>()
  const present = new Map<ListenerAddress, Map<Hear, number>>()
  const voices = new Map<string, number>()
  let [stays, speaker]: [number, string | null] = [0, null]
  const setSpeaker = (isIn: boolean): void => {
    if (speaker !== null) voices.delete(speaker)
    speaker = isIn ? `speaker-${String(++stays)}` : null
    if (speaker !== null) voices.set(speaker, clock.steady())
  }
  setSpeaker(true)
  return {
    speaker: () => speaker,
    setSpeaker,
    enter(name) {
      if (speaker === name) setSpeaker(false)
      voices.set(name, clock.steady())
    },
    rejoinAll() {
      for (const hearing of present.values())
        for (const hear of hearing.keys()) hearing.set(hear, clock.steady())
    },
    admit: listener => void members.add(listener),
    expel: listener => void members.delete(listener),
    admitted: () => [...members],
    join(listener, hear) {
      const hearing = present.get(listener) ?? new Map<Hear, number>()
      present.set(listener, hearing.set(hear, clock.steady()))
      return () => void hearing.delete(hear)
    },
    speak(name, frame, reaches) {
      const came = voices.get(name)
      if (came === undefined) return
      for (const [listener, hearing] of present) {
        if (!members.has(listener) || !reaches(listener)) continue
        for (const [hear, joined] of hearing) hear(frame, { name, since: Math.max(came, joined) })
      }
    },
  }
}
