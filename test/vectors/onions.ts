// Vectors of layers, for PROTO s2, s3 and s5.
import { randomBytes } from 'node:crypto'
import { onionLengths } from '../../plugin/mor/onion-length.js'
import {
  generateUnwrappingKey,
  openLayer,
  seal,
  secretOctets,
  unwrappingKey,
  wrapLayer,
  wrapStatement,
  type OpenedLayer,
} from '../../plugin/openpgp/index.js'
import {
  layerAround,
  literal,
  longForm,
  packet,
  padding,
  sealedOtherwise,
  sessionKeyPacket,
} from '../_raw-layers.js'

interface Key {
  readonly public: string
  readonly secret: string
}

export interface ValidLayer {
  readonly name: string
  readonly key: Key
  readonly layer: string
  readonly contents: string
  /** The shared secret of X25519, by which a replay is known. */
  readonly shared: string
}

export interface InvalidLayer {
  readonly name: string
  readonly key: Key
  readonly layer: string
  /** `refused`: it breaks the format. `not mine`: it is wrapped for another key. */
  readonly outcome: 'refused' | 'not mine'
}

const key = generateUnwrappingKey()
const named: Key = { public: key.octets.toString('hex'), secret: secretOctets(key).toString('hex') }
const contents = Buffer.alloc(400, 7)

export function validLayers(): ValidLayer[] {
  const onions = onionLengths.map(length =>
    describe(`an onion of ${String(length)} octets`, wrapLayer(contents, key, length)),
  )
  return [
    ...onions,
    describe('the shortest padding', wrapLayer(contents, key, 560)),
    describe('a statement of two chunks', wrapStatement(Buffer.alloc(3000, 7), key)),
    describe('short contents', layerAround(Buffer.concat([literal(Buffer.from('P3DO')), padding(0)]), key)),
  ]
}

function describe(name: string, layer: Buffer): ValidLayer {
  const opened = openLayer(layer, key)
  if (opened === null) throw new Error('A vector does not open.')
  const hex = { contents: opened.contents.toString('hex'), shared: opened.secret.toString('hex') }
  return { name, key: named, layer: layer.toString('hex'), ...hex }
}

export function invalidLayers(): InvalidLayer[] {
  const make = (outcome: InvalidLayer['outcome'], cases: [string, Buffer][]): InvalidLayer[] =>
    cases.map(([name, layer]) => ({ name, key: named, layer: layer.toString('hex'), outcome }))
  const other = wrapLayer(contents, generateUnwrappingKey(), 1351)
  const cases = [...brokenAround(), ...brokenKeys(), ...brokenSeal(), ...brokenInside()]
  return [...make('refused', cases), ...make('not mine', [['another key', other], ...wrongHolder()])]
}

function brokenAround(): [string, Buffer][] {
  const layer = wrapLayer(contents, key, 1351)
  const [first, data] = [layer.subarray(0, 78), layer.subarray(78)]
  const marker = Buffer.from('ca03504750', 'hex')
  return [
    ['nothing', Buffer.alloc(0)],
    ['an octet too few', layer.subarray(0, -1)],
    ['an octet too many', Buffer.concat([layer, Buffer.of(0)])],
    ['a marker packet before it', Buffer.concat([marker, layer])],
    ['a marker packet between', Buffer.concat([first, marker, data])],
    ['a marker packet behind it', Buffer.concat([layer, marker])],
    ['a padding packet behind it', Buffer.concat([layer, padding(20)])],
    ['an unknown packet behind it', Buffer.concat([layer, packet(60, randomBytes(20))])],
    ['two session keys', Buffer.concat([first, layer])],
    ['no session key', data],
    ['no sealed packet', first],
    ['the packets swapped', Buffer.concat([data, first])],
  ]
}

function brokenKeys(): [string, Buffer][] {
  const layer = wrapLayer(contents, key, 1351)
  const sessionKey = randomBytes(32)
  const plaintext = Buffer.concat([literal(contents), padding(700)])
  const visible = Buffer.concat([sessionKeyPacket(sessionKey, key, true), seal(sessionKey, plaintext)])
  const changed = (at: number, octet: number): Buffer => {
    const copy = Buffer.from(layer)
    copy[at] = octet
    return copy
  }
  const zero = Buffer.from(layer).fill(0, 5, 37)
  return [
    ['a session key packet of version 3', changed(2, 3)],
    ['a readable recipient', visible],
    ['another public-key algorithm', changed(4, 26)],
    ['another length of the wrapped key', changed(37, 41)],
    [
      'a longer form of the session key packet',
      Buffer.concat([longForm(1, layer.subarray(2, 78)), layer.subarray(78)]),
    ],
    ['an ephemeral key of small order: zero', zero],
    [
      'an ephemeral key of small order: one',
      Buffer.concat([zero.subarray(0, 5), Buffer.of(1), zero.subarray(6)]),
    ],
  ]
}

function brokenSeal(): [string, Buffer][] {
  const sessionKey = randomBytes(32)
  const plaintext = Buffer.concat([literal(contents), padding(700)])
  const layer = wrapLayer(contents, key, 1351)
  const changed = (at: number): Buffer => {
    const copy = Buffer.from(layer)
    copy[at] = (copy[at] ?? 0) ^ 1
    return copy
  }
  const around = (sealed: Buffer): Buffer => Buffer.concat([sessionKeyPacket(sessionKey, key), sealed])
  return [
    ['GCM', around(sealedOtherwise(sessionKey, plaintext, 'gcm', 5))],
    ['another chunk size', around(sealedOtherwise(sessionKey, plaintext, 'ocb', 6))],
    ['a longer form of the sealed packet', around(longForm(18, seal(sessionKey, plaintext).subarray(3)))],
    ['sealed under another session key', around(seal(randomBytes(32), plaintext))],
    ['a bit of the salt flipped', changed(90)],
    ['a bit of the contents flipped', changed(700)],
    ['a bit of the chunk’s tag flipped', changed(1325)],
    ['a bit of the final tag flipped', changed(1350)],
  ]
}

function brokenInside(): [string, Buffer][] {
  const around = (...packets: Buffer[]): Buffer => layerAround(Buffer.concat(packets), key)
  const good = literal(contents)
  return [
    ['nothing inside', around(Buffer.alloc(0))],
    ['no padding packet', around(good)],
    ['no literal packet', around(padding(700))],
    ['two literal packets', around(good, good, padding(300))],
    ['two padding packets', around(good, padding(300), padding(300))],
    ['padding first', around(padding(700), good)],
    ['an octet behind the padding', around(good, padding(700), Buffer.of(0))],
    ['a marker packet inside', around(Buffer.from('ca03504750', 'hex'), good, padding(700))],
    ['a compressed packet', around(packet(8, Buffer.concat([Buffer.of(0), good])), padding(700))],
    ['a date', around(literal(contents, Buffer.from('620069000000', 'hex')), padding(700))],
    ['a file name', around(literal(contents, Buffer.from('62016100000000', 'hex')), padding(700))],
    ['text', around(literal(contents, Buffer.from('740000000000', 'hex')), padding(700))],
    ['a longer form of the literal packet', around(longForm(11, good.subarray(3)), padding(700))],
    ['a longer form of the padding packet', around(good, longForm(21, randomBytes(700)))],
    ['a literal packet without its end', around(good.subarray(0, 200))],
  ]
}

// What was changed where only the holder's own check of the wrapped key can see it.
function wrongHolder(): [string, Buffer][] {
  const layer = wrapLayer(contents, key, 1351)
  return [5, 36, 38, 77].map(at => {
    const copy = Buffer.from(layer)
    copy[at] = (copy[at] ?? 0) ^ (at === 36 ? 0x80 : 1)
    return [`a bit of octet ${String(at)} flipped`, copy]
  })
}

/** What a layer comes out as. */
export function readLayer(vector: { key: Key; layer: string }): OpenedLayer | null {
  const holder = unwrappingKey(Buffer.from(vector.key.public, 'hex'), Buffer.from(vector.key.secret, 'hex'))
  return openLayer(Buffer.from(vector.layer, 'hex'), holder)
}
