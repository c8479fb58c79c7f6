// When messages leave: in turns between users, then again and again until they are settled, and soon where there are prospects.
import type { Cancel } from '../ports.js'
import { createDepartures, type Departures } from './departures.js'
import type { Flight, Flights } from './flights.js'
import { createHurry, type Hurry, type HurryOptions } from './hurry.js'
import { lookAgainAfter, type LookAgainOptions } from './outcomes.js'
import { resendAfter } from './resending.js'
import { createUnderWay, type UnderWayOptions } from './under-way.js'

export interface Timetable extends Pick<Hurry, 'peerHeard'> {
  /** Takes a message up; it leaves when it is among the first of its conversation and its turn comes. */
  enter(flight: Flight): void
  /** It needs to be sent no more; the next one may leave in its place. */
  settle(flight: Flight): void
  /** The same, because the other side has it. */
  acknowledged(flight: Flight): void
  /** Begins; see `Departures`. */
  start: Departures<Flight>['start']
  stop: Cancel
}

export interface TimetableOptions
  extends Omit<HurryOptions, 'plan'>, Omit<UnderWayOptions, 'clock'>, Pick<LookAgainOptions, 'patience'> {
  readonly flights: Flights
  /** Sends a message, and never rejects. `false`: it is not sent again. */
  readonly leave: (flight: Flight) => Promise<boolean>
}

export function createTimetable(options: TimetableOptions): Timetable {
  const { flights, leave, roundTrips, clock, random } = options
  const underWay = createUnderWay(options)
  const departures = createDepartures<Flight>(clock, async flight => {
    if (!(await leave(flight))) return
    if (flight.obstacle === null) underWay.add(flight)
    flight.attempts++
    const wait = resendAfter(roundTrips.usual, flight.growth++, random)
    plan(flight, Math.min(wait, lookAgainAfter(options, flight)))
  })
  const plan = (flight: Flight, wait: number): void => {
    flight.cancel()
    flight.due = clock.steady() + wait
    flight.cancel = clock.after(wait, () => {
      flight.due = null
      departures.push(flight)
    })
  }
  const hurry = createHurry({ ...options, plan })
  const settle = (flight: Flight): void => {
    underWay.remove(flight)
    const next = flights.settle(flight)
    if (next) departures.push(next)
  }
  return {
    peerHeard: hurry.peerHeard,
    enter(flight) {
      if (flights.add(flight)) departures.push(flight)
    },
    settle,
    acknowledged(flight) {
      settle(flight)
      hurry.acknowledged(flight)
    },
    start(isFull) {
      departures.start(() => underWay.isFull || isFull())
    },
    stop() {
      hurry.stop()
      underWay.stop()
      departures.stop()
    },
  }
}
