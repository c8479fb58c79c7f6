// Vectors of frames and cells, for PROTO s2 and s4.
import { randomBytes } from 'node:crypto'
import { openCell, parseFrame, sealCover, sealOnion } from '../../plugin/mor/cell.js'
import { onionLengths } from '../../plugin/mor/onion-length.js'
import { generateUnwrappingKey, seal, wrapLayer } from '../../plugin/openpgp/index.js'
import { longForm, sealedOtherwise } from '../_raw-layers.js'

export interface ValidCell {
  readonly name: string
  readonly link: string
  readonly frame: string
  readonly kind: 'onion' | 'cover'
  readonly tag?: string
  readonly onion?: string
}

export interface InvalidCell {
  readonly name: string
  readonly link: string
  readonly frame: string
  /** `refused`: it breaks the format. `unreadable`: it is not sealed under this link key. */
  readonly outcome: 'refused' | 'unreadable'
}

const link = randomBytes(32)
const start = Buffer.from('cbc6f6620000000000', 'hex')
const someOnion = (length: number): Buffer => wrapLayer(Buffer.alloc(300), generateUnwrappingKey(), length)

export function validCells(): ValidCell[] {
  const onions = onionLengths.map(length => {
    const [tag, onion] = [randomBytes(16), someOnion(length)]
    const [kind, frame] = ['onion' as const, sealOnion(link, { tag, onion })]
    const fields = { tag: tag.toString('hex'), onion: onion.toString('hex') }
    return {
      name: `an onion of ${String(length)} octets`,
      link: link.toString('hex'),
      frame,
      kind,
      ...fields,
    }
  })
  return [...onions, { name: 'cover', link: link.toString('hex'), frame: sealCover(link), kind: 'cover' }]
}

export function invalidCells(): InvalidCell[] {
  const make = (outcome: InvalidCell['outcome'], cases: [string, string][]): InvalidCell[] =>
    cases.map(([name, frame]) => ({ name, link: link.toString('hex'), frame, outcome }))
  return [
    ...make('refused', [...brokenText(), ...brokenSeal(), ...brokenInside()]),
    ...make('unreadable', foreign()),
  ]
}

function brokenText(): [string, string][] {
  const frame = sealCover(link)
  const unusedBits = `${frame.slice(0, 2730)}${after(frame.charAt(2730))}=`
  return [
    ['nothing', ''],
    ['a character too few', frame.slice(1)],
    ['a character too many', `${frame}A`],
    ['no padding character', frame.slice(0, -1)],
    ['a letter for the padding character', `${frame.slice(0, -1)}A`],
    ['white space before it', ` ${frame.slice(1)}`],
    ['a line feed at its end', `${frame.slice(0, -1)}\n`],
    ['a character of base64url', `${frame.slice(0, 100)}-${frame.slice(101)}`],
    ['a character of no alphabet', `${frame.slice(0, 100)}é${frame.slice(101)}`],
    ['unused bits that are not zero', unusedBits],
  ]
}

// Sets the lowest unused bit of the last character, so that another text stands for the same octets.
function after(character: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  return alphabet.charAt(alphabet.indexOf(character) + 1)
}

function brokenSeal(): [string, string][] {
  const cell = parseFrame(sealCover(link))
  const plaintext = Buffer.concat([start, Buffer.of(0x10), randomBytes(1967)])
  const changed = (at: number, octet: number): Buffer => {
    const copy = Buffer.from(cell)
    copy[at] = octet
    return copy
  }
  const cases: [string, Buffer][] = [
    ['zeros', Buffer.alloc(2048)],
    ['another packet type', changed(0, 0xd1)],
    ['the old packet format', changed(0, 0x92)],
    ['a partial length', changed(1, 0xe9)],
    ['a length that is too short', changed(2, (cell[2] ?? 0) - 1)],
    ['a length that is too long', changed(2, (cell[2] ?? 0) + 1)],
    ['version 1', changed(3, 1)],
    ['AES-128', changed(4, 7)],
    ['EAX', changed(5, 1)],
    ['a longer form of its length', longForm(18, cell.subarray(6))],
    ['another chunk size', sealedOtherwise(link, plaintext, 'ocb', 6)],
    ['GCM', sealedOtherwise(link, plaintext, 'gcm', 5)],
  ]
  return cases.map(([name, octets]) => [name, octets.toString('base64')])
}

function brokenInside(): [string, string][] {
  const sealed = (plaintext: Buffer): string => seal(link, plaintext).toString('base64')
  const filled = (kind: number, contents: Buffer): string => {
    const begin = Buffer.concat([start, Buffer.of(kind), contents])
    return sealed(Buffer.concat([begin, Buffer.alloc(1977 - begin.length)]))
  }
  const rest = Buffer.concat([Buffer.of(0x10), randomBytes(1967)])
  const dated = Buffer.concat([Buffer.from('cbc6f6620000000001', 'hex'), rest])
  const text = Buffer.concat([Buffer.from('cbc6f6740000000000', 'hex'), rest])
  const onion = Buffer.concat([randomBytes(16), someOnion(1351)])
  return [
    ['no literal packet inside', sealed(Buffer.alloc(1977))],
    ['a literal packet with a date', sealed(dated)],
    ['a literal packet of text', sealed(text)],
    ['an unknown kind', filled(0x12, Buffer.alloc(0))],
    ['a kind of another version', filled(0x21, onion)],
    ['an onion that is none', filled(0x11, Buffer.alloc(1367, 1))],
    ['an onion without its end', filled(0x11, onion.subarray(0, 60))],
    [
      'an onion that is longer than the cell',
      filled(0x11, Buffer.concat([onion.subarray(0, 94), Buffer.from('d2cf00', 'hex')])),
    ],
  ]
}

function foreign(): [string, string][] {
  const cell = parseFrame(sealCover(link))
  const flipped = (at: number): string => {
    const copy = Buffer.from(cell)
    copy[at] = (copy[at] ?? 0) ^ 1
    return copy.toString('base64')
  }
  return [
    ['another link key', sealCover(randomBytes(32))],
    ['a bit of the salt flipped', flipped(20)],
    ['a bit of the contents flipped', flipped(1000)],
    ['a bit of the chunk’s tag flipped', flipped(2020)],
    ['a bit of the final tag flipped', flipped(2047)],
  ]
}

/** What a frame comes out as. */
export function readCell(vector: { link: string; frame: string }): ReturnType<typeof openCell> {
  return openCell(Buffer.from(vector.link, 'hex'), parseFrame(vector.frame))
}
