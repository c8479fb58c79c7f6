// A room of the in-process host: members listen, one speaker speaks.
import type { Cancel, ListenerAddress } from '../../plugin/ports.js'

type Hear = (frame: string) => void

export interface Room {
  admit(listener: ListenerAddress): void
  expel(listener: ListenerAddress): void
  admitted(): ListenerAddress[]
  /** Puts a listener into the room; it hears as long as it is a member. */
  join(listener: ListenerAddress, hear: Hear): Cancel
  /** Whether the bot that speaks there is in; it is at first. */
  hasSpeaker(): boolean
  setSpeaker(isIn: boolean): void
  /** Lets every member hear a frame whom the network reaches. */
  speak(frame: string, reaches: (listener: ListenerAddress) => boolean): void
}

export function createRoom(): Room {
  const members = new Set<ListenerAddress>()
  const present = new Map<ListenerAddress, Set<Hear>>()
  let hasSpeaker = true
  return {
    hasSpeaker: () => hasSpeaker,
    setSpeaker: isIn => void (hasSpeaker = isIn),
    admit: listener => void members.add(listener),
    expel: listener => void members.delete(listener),
    admitted: () => [...members],
    join(listener, hear) {
      const hearing = present.get(listener) ?? new Set()
      present.set(listener, hearing.add(hear))
      return () => void hearing.delete(hear)
    },
    speak(frame, reaches) {
      for (const [listener, hearing] of present) {
        if (members.has(listener) && reaches(listener)) for (const hear of hearing) hear(frame)
      }
    },
  }
}
