// How much may be on its way at a time. More would not arrive sooner: it would wait in the rooms of all servers, in front of
// what others send, and be sent again before it is there.
import type { Cancel, Clock } from '../ports.js'
import type { Flight } from './flights.js'
import type { RoundTrips } from './round-trips.js'

export interface UnderWay {
  readonly isFull: boolean
  /** A message was sent: its place is taken until it is done with, or until its acknowledgement is late. */
  add(flight: Flight): void
  remove(flight: Flight): void
  stop: Cancel
}

export interface UnderWayOptions {
  /** In parcels; a message that has more goes alone. */
  readonly mostUnderWay: number
  /** What a round trip takes while nobody else sends, milliseconds. */
  readonly roundTrip: number
  readonly roundTrips: Pick<RoundTrips, 'usual'>
  readonly clock: Pick<Clock, 'after'>
}

// So many times as long as alone, round trips may take before anybody gives way: that much they differ by chance.
const calm = 2
// Whoever sends too little would never learn that there is room again.
const least = 2

export function createUnderWay(options: UnderWayOptions): UnderWay {
  const { mostUnderWay, roundTrip, roundTrips, clock } = options
  // The longer round trips take, the more servers want to send: each gives way. By the square, they take but little longer
  // with many of them.
  const room = (): number =>
    Math.max(least, mostUnderWay * Math.min(1, (calm * roundTrip) / roundTrips.usual) ** 2)
  const taken = new Map<Flight, { readonly parcels: number; readonly cancel: Cancel }>()
  let parcels = 0
  const remove = (flight: Flight): void => {
    const place = taken.get(flight)
    if (!place) return
    place.cancel()
    parcels -= place.parcels
    taken.delete(flight)
  }
  return {
    get isFull() {
      return parcels >= room()
    },
    add(flight) {
      remove(flight)
      const sent = Math.max(1, flight.parts - flight.kept.size)
      // No longer than on a calm way: of a server that is away, nothing is on any way.
      const cancel = clock.after(Math.min(roundTrips.usual, calm * roundTrip), () => {
        remove(flight)
      })
      taken.set(flight, { parcels: sent, cancel })
      parcels += sent
    },
    remove,
    stop() {
      for (const flight of [...taken.keys()]) remove(flight)
    },
  }
}
