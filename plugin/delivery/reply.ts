// The acknowledgement: what a `deliver` layer for a one-time reply key holds (PROTO s6.1).
import { ensureZeros } from '../mor/index.js'
import { PluginError } from '../errors.js'

/**
 * What became of a message or a part of one. `kept`: it is on the recipient's server and waits for other parts or for
 * messages before it; `shown`: the recipient's host has it; `unsure`: the process ended while the host was given it, and nobody
 * knows; the others are final, and it is not shown.
 */
export type Outcome = 'kept' | 'shown' | 'recipient-unknown' | 'refused' | 'unsure'

const outcomes: readonly Outcome[] = ['kept', 'shown', 'recipient-unknown', 'refused', 'unsure']

/** Encodes an acknowledgement. The reply key says what it is for: nobody else was given that key. */
export function encodeReply(outcome: Outcome): Buffer {
  return Buffer.of(outcomes.indexOf(outcome) + 1)
}

/** @throws PluginError `bad-format` */
export function parseReply(octets: Buffer): Outcome {
  const outcome = outcomes[(octets[0] ?? 0) - 1]
  if (outcome === undefined)
    throw new PluginError('bad-format', 'An acknowledgement is not in the one accepted form.')
  ensureZeros(octets.subarray(1))
  return outcome
}
