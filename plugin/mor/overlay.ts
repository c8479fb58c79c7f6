// Which contexts a server listens to: at most six of its group, so that the group hangs together (PROTO s7.3).
import { createHash } from 'node:crypto'
import type { Peer } from '../pki/index.js'
import type { Clock, Fingerprint, Random } from '../ports.js'
import { epochOf } from './epoch.js'

/** Most contexts of a group that a server listens to. */
export const mostContexts = 6
// Everybody who stands in a circle and hears the next three still reaches everybody when any two fall out.
const ringNeighbours = 3
const daysOfWeek = 7

/**
 * Chooses the servers whose contexts `self` listens to: all of a small group; in a larger one the next three in a
 * circle whose order all members compute alike and which changes every week, and three others at random.
 * @param servers the other members of the group
 */
export function chooseServers(
  self: Fingerprint,
  servers: readonly Fingerprint[],
  group: string,
  week: number,
  random: Random,
): Fingerprint[] {
  if (servers.length <= mostContexts) return [...servers]
  const circle = [self, ...servers].sort(byPlace(group, week))
  const from = circle.indexOf(self) + 1
  const behind = [...circle.slice(from), ...circle.slice(0, from - 1)]
  return [...behind.slice(0, ringNeighbours), ...pickSome(behind.slice(ringNeighbours), random)]
}

/**
 * Says of each peer whether this server listens to it. The choice is made anew only when the week or the members change,
 * so that its random part rotates slowly.
 * @param members the peers of the group
 */
export function createOverlay(
  self: () => Fingerprint,
  group: string,
  members: () => readonly Peer[],
  clock: Clock,
  random: Random,
): (peer: Peer) => boolean {
  let made = ''
  let chosen: ReadonlySet<Fingerprint> = new Set()
  return peer => {
    const others = members().map(({ fingerprint }) => fingerprint)
    const week = Math.floor(epochOf(clock.now()) / daysOfWeek)
    const circumstances = [week, self(), ...others.sort()].join(' ')
    if (circumstances !== made) chosen = new Set(chooseServers(self(), others, group, week, random))
    made = circumstances
    return chosen.has(peer.fingerprint)
  }
}

function byPlace(group: string, week: number): (a: Fingerprint, b: Fingerprint) => number {
  const place = (server: Fingerprint): Buffer =>
    createHash('sha256')
      .update(`P3DO overlay ${group} ${String(week)} ${server}`)
      .digest()
  return (a, b) => Buffer.compare(place(a), place(b))
}

function pickSome(servers: Fingerprint[], random: Random): Fingerprint[] {
  const left = [...servers]
  return Array.from({ length: mostContexts - ringNeighbours }, () =>
    left.splice(random.below(left.length), 1),
  ).flat()
}
