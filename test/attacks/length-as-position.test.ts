// Length as position: a hop looks at the lengths that it sees, to learn how far along the route it stands.
import t from 'tap'
import { capacity, lengthChoices, onionLengths } from '../../plugin/mor/onion-length.js'
import { addExtraHop, buildOnion } from '../../plugin/mor/onion.js'
import { systemRandom } from '../../adapters/random.js'
import { openLayer, generateUnwrappingKey } from '../../plugin/openpgp/index.js'
import { parseContents } from '../../plugin/mor/contents.js'
import { fingerprint } from '../_listener.js'

const parcel = Buffer.alloc(600)
const allowed: readonly number[] = onionLengths

/** Lengths of the onions on a route, outermost first. */
function walk(hops: number): number[] {
  const keys = Array.from({ length: hops }, () => generateUnwrappingKey())
  const route = keys.map(key => ({ server: fingerprint(), key }))
  let { onion } = buildOnion(route, { kind: 'deliver', parcel }, systemRandom)
  const lengths = [onion.length]
  for (const key of keys.slice(0, -1)) {
    const contents = parseContents(openLayer(onion, key)?.contents ?? Buffer.alloc(0), null)
    if (contents.kind !== 'forward') throw new Error('Not a forward layer.')
    onion = contents.inner.onion
    lengths.push(onion.length)
  }
  return lengths
}

t.test('every onion anywhere on a route has one of the four lengths', async t => {
  const lengths = [2, 3, 4].flatMap(hops => Array.from({ length: 30 }, () => walk(hops)).flat())
  t.ok(lengths.every(length => allowed.includes(length)))
  t.equal(new Set(lengths).size, 4)
})

t.test(
  'the length of a parcel does not show: all that fit the shortest onion give the same lengths',
  async t => {
    const most = capacity(1351)
    for (const hops of [2, 3, 4]) t.same(lengthChoices(hops, 1), lengthChoices(hops, most))
  },
)

t.test('whether the next server is the last one stays open at every length but the shortest', async t => {
  for (const length of onionLengths.slice(1, 3)) {
    const left = [2, 3, 4].flatMap(hops =>
      lengthChoices(hops, 600)
        .map(choice => choice.indexOf(length))
        .filter(position => position >= 0),
    )
    t.ok(
      new Set(left).size > 1,
      `${String(length)} octets: ${[...new Set(left)].join(' or ')} servers behind it`,
    )
  }
})

t.test('an onion of the longest length may begin a route of every length', async t => {
  for (const hops of [2, 3, 4])
    t.ok(
      lengthChoices(hops, 600).some(choice => choice.at(-1) === 1951),
      `${String(hops)} servers`,
    )
})

t.test('an onion with an extra hop looks like one that is longer by a server', async t => {
  const inner = {
    tag: Buffer.alloc(16),
    onion: buildOnion(
      [fingerprint(), fingerprint()].map(server => ({ server, key: generateUnwrappingKey() })),
      { kind: 'drop' },
      { ...systemRandom, below: () => 0 },
    ).onion,
  }
  t.equal(inner.onion.length, 1551)
  t.equal(addExtraHop(inner, generateUnwrappingKey(), systemRandom)?.onion.length, 1751)
})
