// Packet headers in the one form that cells and onions use: current format, shortest length (RFC 9580 s4.2.1).
import { PluginError } from '../errors.js'

const shortestTwo = 192
const shortestFive = 8384

/** Writes a packet header with the shortest length form for a body of that many octets. */
export function encodeHeader(packetType: number, body: number): Buffer {
  const first = 0xc0 | packetType
  if (body < shortestTwo) return Buffer.of(first, body)
  if (body < shortestFive) return Buffer.of(first, ((body - 192) >> 8) + 192, (body - 192) & 0xff)
  const header = Buffer.of(first, 0xff, 0, 0, 0, 0)
  header.writeUInt32BE(body, 2)
  return header
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
  const two = octets[start + 2]
  if (first !== (0xc0 | packetType) || one === undefined) throw refused()
  if (one < shortestTwo) return within(octets, start + 2, one)
  if (one < 224 && two !== undefined) return within(octets, start + 3, ((one - 192) << 8) + two + 192)
  return readFive(octets, start + 1)
}

// The five-octet form, where nothing shorter would do; partial lengths are refused with the rest.
function readFive(octets: Buffer, start: number): { start: number; end: number } {
  if (octets[start] !== 0xff || octets.length < start + 5) throw refused()
  const body = octets.readUInt32BE(start + 1)
  if (body < shortestFive) throw refused()
  return within(octets, start + 5, body)
}

function within(octets: Buffer, start: number, length: number): { start: number; end: number } {
  if (start + length > octets.length) throw refused()
  return { start, end: start + length }
}

function refused(): PluginError {
  return new PluginError('bad-format', 'A packet is not in the one accepted form.')
}
