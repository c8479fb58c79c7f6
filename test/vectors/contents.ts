// Vectors of what layers say, for PROTO s5.
import { randomBytes } from 'node:crypto'
import {
  encodeContents,
  encodeTaggedContents,
  parseContents,
  type Contents,
} from '../../plugin/mor/contents.js'
import { onionLengths } from '../../plugin/mor/onion-length.js'
import { generateUnwrappingKey, wrapLayer } from '../../plugin/openpgp/index.js'
import type { Fingerprint } from '../../plugin/ports.js'

export interface ValidContents {
  readonly name: string
  readonly contents: string
  /** The tag under which the key was found, or null for a key found by trial. */
  readonly foundBy: string | null
  /** The fields, octets in hexadecimal. */
  readonly says: Readonly<Record<string, string>>
}

export interface InvalidContents {
  readonly name: string
  readonly contents: string
  readonly foundBy: string | null
}

const tag = randomBytes(16)
const someOnion = (length: number): Buffer => wrapLayer(Buffer.alloc(300), generateUnwrappingKey(), length)

export function validContents(): ValidContents[] {
  const next = `04${randomBytes(20).toString('hex')}` as Fingerprint
  const inner = onionLengths.map(length => ({ tag: randomBytes(16), onion: someOnion(length) }))
  const cases: [string, Contents][] = [
    ...inner.map((onion): [string, Contents] => [
      `forward, ${String(onion.onion.length)} octets`,
      { kind: 'forward', next, inner: onion },
    ]),
    ...inner.map((onion): [string, Contents] => [
      `speak, ${String(onion.onion.length)} octets`,
      { kind: 'speak', inner: onion },
    ]),
    ['deliver', { kind: 'deliver', parcel: randomBytes(700) }],
    ['deliver, nothing', { kind: 'deliver', parcel: Buffer.alloc(0) }],
    ['loop', { kind: 'loop', id: randomBytes(16) }],
    ['drop', { kind: 'drop' }],
  ]
  const padded = (kind: 'loop' | 'drop', octets: Buffer): Buffer =>
    Buffer.concat([octets, Buffer.alloc(kind === 'loop' ? 900 : 1200)])
  return cases.flatMap(([name, contents]) => {
    const [byTrial, byTag] = [encodeContents(contents), encodeTaggedContents(contents, tag)]
    const found: ValidContents[] = [
      describe(name, contents, byTrial, null),
      describe(`${name}, found by tag`, contents, byTag, tag),
    ]
    if (contents.kind === 'loop' || contents.kind === 'drop')
      found.push(describe(`${name} with zeros`, contents, padded(contents.kind, byTrial), null))
    return found
  })
}

function describe(name: string, contents: Contents, octets: Buffer, foundBy: Buffer | null): ValidContents {
  const says = fieldsOf(contents)
  return { name, contents: octets.toString('hex'), foundBy: foundBy?.toString('hex') ?? null, says }
}

/** The fields as the vectors write them. */
export function fieldsOf(contents: Contents): Record<string, string> {
  const hex = (octets: Buffer): string => octets.toString('hex')
  switch (contents.kind) {
    case 'forward': {
      const { kind, next, inner } = contents
      return { kind, next, tag: hex(inner.tag), onion: hex(inner.onion) }
    }
    case 'speak':
      return { kind: contents.kind, tag: hex(contents.inner.tag), onion: hex(contents.inner.onion) }
    case 'deliver':
      return { kind: contents.kind, parcel: hex(contents.parcel) }
    case 'loop':
      return { kind: contents.kind, id: hex(contents.id) }
    case 'drop':
      return { kind: contents.kind }
  }
}

export function invalidContents(): InvalidContents[] {
  const onion = someOnion(1351)
  const forward = Buffer.concat([Buffer.of(0x11), Buffer.alloc(21, 4), tag])
  const speak = Buffer.concat([Buffer.of(0x12), tag])
  const behind = Buffer.concat([onion, Buffer.alloc(200, 1)])
  const byTrial: [string, Buffer][] = [
    ['nothing', Buffer.alloc(0)],
    ['kind 0', Buffer.of(0)],
    ['a kind of a cell', Buffer.of(0x10)],
    ['an unknown kind', Buffer.of(0x16)],
    ['a kind of another version', Buffer.of(0x25)],
    ['forward without an onion', forward],
    ['forward without its fingerprint', Buffer.concat([Buffer.of(0x11), tag, onion])],
    ['forward with an onion of another length', Buffer.concat([forward, someOnion(1352)])],
    ['forward with octets behind the onion', Buffer.concat([forward, onion, Buffer.of(0)])],
    ['forward with octets behind the onion up to the next length', Buffer.concat([forward, behind])],
    ['forward with what is no onion', Buffer.concat([forward, Buffer.alloc(1351)])],
    ['speak without an onion', speak],
    ['speak with an onion of another length', Buffer.concat([speak, someOnion(1350)])],
    ['speak with octets behind the onion', Buffer.concat([speak, onion, Buffer.of(0)])],
    ['a short loop', Buffer.concat([Buffer.of(0x14), Buffer.alloc(15)])],
    ['loop with octets behind its identifier', Buffer.concat([Buffer.of(0x14), Buffer.alloc(17, 1)])],
    [
      'drop with an octet that is not zero',
      Buffer.concat([Buffer.of(0x15), Buffer.alloc(100), Buffer.of(1)]),
    ],
    ['a tagged kind for a key found by trial', encodeTaggedContents({ kind: 'drop' }, tag)],
  ]
  const byTag: [string, Buffer][] = [
    ['a plain kind for a key found by tag', Buffer.of(0x15)],
    ['another tag inside', encodeTaggedContents({ kind: 'drop' }, randomBytes(16))],
    ['no tag inside', Buffer.of(0x95)],
    ['half a tag inside', Buffer.concat([Buffer.of(0x95), tag.subarray(0, 8)])],
  ]
  const named = (cases: [string, Buffer][], foundBy: string | null): InvalidContents[] =>
    cases.map(([name, octets]) => ({ name, contents: octets.toString('hex'), foundBy }))
  return [...named(byTrial, null), ...named(byTag, tag.toString('hex'))]
}

/** What contents come out as. */
export function readContents(vector: { contents: string; foundBy: string | null }): Contents {
  const foundBy = vector.foundBy === null ? null : Buffer.from(vector.foundBy, 'hex')
  return parseContents(Buffer.from(vector.contents, 'hex'), foundBy)
}
