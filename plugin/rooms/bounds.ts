// How much of everything there may be.
import { mostListed } from '../profiles.js'

const mostOfServer = 8

/** How many rooms can be contexts beside the own ones: peers take no longer list. */
export function mostRooms({
  groups,
  contexts,
}: {
  readonly groups: readonly string[]
  readonly contexts: number
}): number {
  return Math.max(0, Math.min(mostOfServer, mostListed - groups.length * contexts))
}

/** Servers that may listen in one room. */
export const mostAllowed = 256

/** Milliseconds between cells: as fast as peers take it, and not so slow that they think the speaker gone (PROTO s8.6, s10). */
export const [shortestInterval, longestInterval] = [25, 1000]

/** Invitations that wait, and those of one user within a minute. */
export const [mostInvitations, mostOfInviter] = [32, 6]
