// Armored certificates, as key servers give and take them, and what else is armored (RFC 9580 s6).
import { PluginError } from '../errors.js'

const lineLength = 64

/** Writes certificates as one armored block, with the checksum that gpg 2.2 needs (RFC 9580 s6.1). */
export function armorCertificates(octets: Buffer): string {
  return armor(octets, 'PUBLIC KEY BLOCK')
}

/** Writes an encrypted message. */
export function armorMessage(octets: Buffer): string {
  return armor(octets, 'MESSAGE')
}

/** What stands in the first line of a block behind BEGIN PGP. */
export type ArmorKind = 'PUBLIC KEY BLOCK' | 'PRIVATE KEY BLOCK' | 'MESSAGE' | 'SIGNATURE'

function armor(octets: Buffer, kind: ArmorKind): string {
  const base64 = octets.toString('base64')
  const lines: string[] = []
  for (let at = 0; at < base64.length; at += lineLength) lines.push(base64.slice(at, at + lineLength))
  const checksum = Buffer.alloc(3)
  checksum.writeUIntBE(crc24(octets), 0, 3)
  const body = [...lines, `=${checksum.toString('base64')}`].join('\n')
  return `-----BEGIN PGP ${kind}-----\n\n${body}\n-----END PGP ${kind}-----\n`
}

/**
 * Reads the first armored key of a text; a secret one as well, so that it can be refused for what it is.
 * A wrong checksum is no reason to refuse (RFC 9580 s6.1).
 * @throws PluginError `bad-format` where there is none, or it is not base64
 */
export function dearmorCertificates(text: string): Buffer {
  const octets = readArmor(text, 'PUBLIC KEY BLOCK') ?? readArmor(text, 'PRIVATE KEY BLOCK')
  if (octets !== null) return octets
  throw new PluginError(
    'bad-format',
    'There is no armored key here; export it with "gpg --armor --export" and send all of it.',
  )
}

/** The octets of the first block of a kind; `null` where there is none, or it is not base64. */
export function readArmor(text: string, kind: ArmorKind): Buffer | null {
  const base64 = bodyOf(text, kind) ?? ''
  return /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? Buffer.from(base64, 'base64') : null
}

// Header lines end with an empty line, which stands there even without headers.
function bodyOf(text: string, kind: ArmorKind): string | null {
  const begin = text.indexOf(`-----BEGIN PGP ${kind}-----`)
  const end = begin === -1 ? -1 : text.indexOf(`-----END PGP ${kind}-----`, begin)
  if (end === -1) return null
  const lines = text
    .slice(begin, end)
    .split('\n')
    .map(line => line.trim())
  const body = lines.slice(lines.indexOf('') + 1).filter(line => line !== '')
  return body.filter(line => !/^=[A-Za-z0-9+/]{4}$/.test(line)).join('')
}

// RFC 9580 s6.1.1, in the upper three octets of a word. Four octets at a time take a third of the time of one at a time.
function crc24(octets: Buffer): number {
  let crc = 0xb704ce << 8
  let at = 0
  for (; at + 4 <= octets.length; at += 4) {
    const [one, two, three, four] = [octets[at], octets[at + 1], octets[at + 2], octets[at + 3]]
    crc = step(3, crc >>> 24, one) ^ step(2, crc >>> 16, two) ^ step(1, crc >>> 8, three) ^ step(0, crc, four)
  }
  for (; at < octets.length; at++) crc = (crc << 8) ^ step(0, crc >>> 24, octets[at])
  return crc >>> 8
}

// What an octet makes of that part of the checksum when so many others follow it.
function step(following: number, crc: number, octet = 0): number {
  return crcTable[256 * following + ((crc ^ octet) & 0xff)] ?? 0
}

const crcTable = new Int32Array(4 * 256)
for (let octet = 0; octet < 256; octet++) {
  let crc = octet << 24
  for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ (0x1864cfb << 8) : crc << 1
  crcTable[octet] = crc
}
for (let at = 256; at < crcTable.length; at++) {
  const before = crcTable[at - 256] ?? 0
  crcTable[at] = (before << 8) ^ step(0, before >>> 24)
}
