// The four lengths that an onion may have, so that its length does not tell a hop its position (PROTO s5.1).
import { PluginError } from '../errors.js'
import { layerOverhead } from '../openpgp/index.js'
import { longestOnion } from './cell.js'

/** Octets of an onion, shortest first; each holds one of the length before it with everything a layer adds. */
export const onionLengths = [
  longestOnion - 600,
  longestOnion - 400,
  longestOnion - 200,
  longestOnion,
] as const

/** Octets of contents that an onion of that length holds. */
export function capacity(onionLength: number): number {
  return onionLength - layerOverhead
}

/** @throws PluginError `bad-format` for any other length */
export function ensureOnionLength(length: number): void {
  if (!onionLengths.some(allowed => allowed === length)) {
    throw new PluginError('bad-format', 'An onion does not have one of the four lengths.')
  }
}

/** The next longer length, or `null` for the longest: then no layer can be added. */
export function longerThan(length: number): number | null {
  return onionLengths.find(allowed => allowed > length) ?? null
}

/**
 * Every way to give `layers` layers growing lengths, innermost first, so that the innermost holds `contents` octets.
 * Empty when there is none.
 */
export function lengthChoices(layers: number, contents: number): number[][] {
  const grow = (chosen: number[]): number[][] =>
    chosen.length === layers
      ? [chosen]
      : onionLengths
          .filter(length => length > (chosen.at(-1) ?? 0))
          .flatMap(length => grow([...chosen, length]))
  return grow([]).filter(([innermost = 0]) => capacity(innermost) >= contents)
}
