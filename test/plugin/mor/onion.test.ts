// Onions along a route: who opens what, lengths that do not tell the position, extra hops.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { systemRandom } from '../../../adapters/random.js'
import { encodeTaggedContents, parseContents, type Contents } from '../../../plugin/mor/contents.js'
import { addExtraHop, buildOnion, longestContents, type Hop } from '../../../plugin/mor/onion.js'
import { lengthChoices, onionLengths } from '../../../plugin/mor/onion-length.js'
import {
  generateUnwrappingKey,
  openLayer,
  wrapLayer,
  type UnwrappingKey,
} from '../../../plugin/openpgp/index.js'
import type { Fingerprint } from '../../../plugin/ports.js'

const refusal = { name: 'PluginError', code: 'bad-format' }

function makeRoute(length: number): { hops: Hop[]; keys: UnwrappingKey[] } {
  const keys = Array.from({ length }, () => generateUnwrappingKey())
  const hops = keys.map(key => ({ server: `04${randomBytes(20).toString('hex')}` as Fingerprint, key }))
  return { hops, keys }
}

function open(onion: Buffer, key: UnwrappingKey | undefined): Contents {
  const layer = key && openLayer(onion, key)
  if (!layer) throw new Error('The layer is not for this key.')
  return parseContents(layer.contents, null)
}

for (const length of [2, 3, 4]) {
  t.test(`a route of ${String(length)}: each server opens its layer and learns only the next`, async t => {
    const { hops, keys } = makeRoute(length)
    const parcel = randomBytes(600)
    let { onion } = buildOnion(hops, { kind: 'deliver', parcel }, systemRandom)
    for (const [position, key] of keys.slice(0, -1).entries()) {
      t.ok(onionLengths.some(allowed => allowed === onion.length))
      for (const other of keys.slice(position + 1))
        t.equal(openLayer(onion, other), null, 'no other key opens it')
      const contents = open(onion, key)
      if (contents.kind !== 'forward') throw new Error('Not a forward layer.')
      t.equal(contents.next, hops[position + 1]?.server)
      t.ok(contents.inner.onion.length < onion.length)
      onion = contents.inner.onion
    }
    const last = open(onion, keys.at(-1))
    t.equal(last.kind, 'deliver')
    t.ok(last.kind === 'deliver' && last.parcel.subarray(0, 600).equals(parcel))
  })
}

t.test('an inner onion of a route of three is not told from one of two by its length alone', async t => {
  const seen = new Map<number, Set<number>>()
  for (let round = 0; round < 200; round++) {
    const length = 2 + (round % 3)
    const { hops, keys } = makeRoute(length)
    const contents = open(
      buildOnion(hops, { kind: 'deliver', parcel: randomBytes(500) }, systemRandom).onion,
      keys[0],
    )
    if (contents.kind !== 'forward') throw new Error('Not a forward layer.')
    seen.set(contents.inner.onion.length, (seen.get(contents.inner.onion.length) ?? new Set()).add(length))
  }
  for (const [length, routes] of seen)
    if (length === 1551) t.same([...routes].sort(), [2, 3], 'second length')
  t.ok(seen.size > 2)
})

t.test('what is too long for any cell is refused with the number of octets', async t => {
  const { hops } = makeRoute(3)
  const most = longestContents(3)
  t.doesNotThrow(() => buildOnion(hops, { kind: 'deliver', parcel: Buffer.alloc(most - 1) }, systemRandom))
  const tooLong = () => buildOnion(hops, { kind: 'deliver', parcel: Buffer.alloc(most + 6) }, systemRandom)
  t.throws(tooLong, { code: 'message-too-long', message: /7 octets too long/ })
})

t.test('an extra hop hides the onion and gives it back unchanged', async t => {
  const { hops } = makeRoute(2)
  const inner = {
    tag: randomBytes(16),
    onion: wrapLayer(Buffer.alloc(300), hops[0]?.key ?? generateUnwrappingKey(), 1551),
  }
  const context = generateUnwrappingKey()
  const added = addExtraHop(inner, context, systemRandom)
  t.equal(added?.onion.length, 1751)
  t.same(open(added?.onion ?? Buffer.alloc(0), context), { kind: 'speak', inner })
})

t.test('the longest onion has no room for an extra hop', async t => {
  const inner = { tag: randomBytes(16), onion: wrapLayer(Buffer.alloc(300), generateUnwrappingKey(), 1951) }
  t.equal(addExtraHop(inner, generateUnwrappingKey(), systemRandom), null)
})

t.test('contents that are not in the one accepted form are refused', async t => {
  const inner = wrapLayer(Buffer.alloc(300), generateUnwrappingKey(), 1351)
  const odd = wrapLayer(Buffer.alloc(300), generateUnwrappingKey(), 1352)
  const tag = Buffer.alloc(16)
  const forward = Buffer.concat([Buffer.of(0x11), Buffer.alloc(21), tag])
  const cases: [string, Buffer][] = [
    ['nothing', Buffer.alloc(0)],
    ['unknown kind', Buffer.of(0x16)],
    ['another version', Buffer.of(0x21)],
    ['forward without onion', forward],
    ['forward with an onion of another length', Buffer.concat([forward, odd])],
    ['forward with octets behind the onion', Buffer.concat([forward, inner, Buffer.of(0)])],
    ['speak with a broken onion', Buffer.concat([Buffer.of(0x12), tag, Buffer.alloc(1351)])],
    ['short loop', Buffer.of(0x14, 1, 2, 3)],
    ['loop with more than its identifier', Buffer.concat([Buffer.of(0x14), Buffer.alloc(17, 1)])],
    ['drop with something in it', Buffer.of(0x15, 0, 1)],
    ['a tagged kind for a key found by trial', encodeTaggedContents({ kind: 'drop' }, tag)],
  ]
  for (const [name, octets] of cases) t.throws(() => parseContents(octets, null), refusal, name)
})

t.test('a tagged key opens only what repeats its tag', async t => {
  const tag = randomBytes(16)
  t.same(parseContents(encodeTaggedContents({ kind: 'drop' }, tag), tag), { kind: 'drop' })
  t.throws(() => parseContents(encodeTaggedContents({ kind: 'drop' }, tag), randomBytes(16)), refusal)
  t.throws(() => parseContents(Buffer.of(0x15), tag), refusal)
})

t.test('contents of every length that fits go into every way to choose the lengths', async t => {
  for (const hops of [2, 3, 4]) {
    const most = longestContents(hops)
    for (let octets = 1; octets <= most; octets += octets > most - 30 || octets < 30 ? 1 : 97) {
      const choices = lengthChoices(hops, octets).length
      for (let choice = 0; choice < choices; choice++) {
        const { hops: route, keys } = makeRoute(hops)
        const parcel = Buffer.alloc(octets - 1, 1)
        const random = { ...systemRandom, below: () => choice }
        let { onion } = buildOnion(route, { kind: 'deliver', parcel }, random)
        for (const key of keys.slice(0, -1)) {
          const contents = open(onion, key)
          onion = contents.kind === 'forward' ? contents.inner.onion : Buffer.alloc(0)
        }
        const last = open(onion, keys.at(-1))
        if (last.kind !== 'deliver' || !last.parcel.subarray(0, parcel.length).equals(parcel))
          t.fail(`${String(octets)} octets, way ${String(choice)} of ${String(hops)} hops`)
      }
    }
    t.ok(most > 1000)
  }
})
