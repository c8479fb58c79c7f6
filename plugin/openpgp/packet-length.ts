// Packet headers in the one form that cells and onions use: current format, shortest length (RFC 9580 s4.2.1).
import { PluginError } from '../errors.js'

/** Writes a packet header with the shortest length form. `body` is at most 8,383 octets. */
export function encodeHeader(packetType: number, body: number): Buffer {
  const first = 0xc0 | packetType
  if (body < 192) return Buffer.of(first, body)
  return Buffer.of(first, ((body - 192) >> 8) + 192, (body - 192) & 0xff)
}

/**
 * Reads the header at `start`, which must be of that type, in the shortest form, with its whole body present.
 * @returns where the body starts and ends
 * @throws PluginError `bad-format` for anything else
 */
export function readHeader(
  octets: Buffer,
  start: number,
  packetType: number,
): { start: number; end: number } {
  const first = octets[start]
  const one = octets[start + 1]
  if (first !== (0xc0 | packetType) || one === undefined) throw refused()
  if (one < 192) return within(octets, start + 2, one)
  const two = octets[start + 2]
  if (one > 223 || two === undefined) throw refused()
  return within(octets, start + 3, ((one - 192) << 8) + two + 192)
}

function within(octets: Buffer, start: number, length: number): { start: number; end: number } {
  if (start + length > octets.length) throw refused()
  return { start, end: start + length }
}

function refused(): PluginError {
  return new PluginError('bad-format', 'A packet is not in the one accepted form.')
}
