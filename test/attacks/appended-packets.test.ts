// Appended packets: RFC 9580 lets a message go on behind its end; in a flood that would be free tagging and a way past
// deduplication.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { encodeContents } from '../../plugin/mor/contents.js'
import { onionLengths } from '../../plugin/mor/onion-length.js'
import { generateUnwrappingKey, wrapLayer } from '../../plugin/openpgp/index.js'
import { foreignOnion, onionSaying, startListener } from '../_listener.js'
import { layerAround, literal, packet, padding } from '../_raw-layers.js'

const tag = randomBytes(16)
// Markers, padding, private and unknown packets are all skipped by a lenient reader.
const ignorable = [10, 21, 39, 60, 63]

t.test('an onion with a packet more is not spoken, whatever its length comes to', async t => {
  const listener = await startListener()
  t.teardown(() => listener.stop())
  for (const length of onionLengths) {
    for (const type of ignorable) {
      const behind = packet(type, randomBytes(18))
      const layer = wrapLayer(Buffer.alloc(300), generateUnwrappingKey(), length - behind.length)
      listener.hear({ tag, onion: Buffer.concat([layer, behind]) })
      listener.hear({ tag, onion: Buffer.concat([behind, layer]) })
    }
  }
  await listener.pass(500)
  t.equal(listener.count('cells refused'), 2 * onionLengths.length * ignorable.length)
  t.same(listener.spoken, [])
})

t.test('one onion with different packets behind it is one onion', async t => {
  const listener = await startListener()
  t.teardown(() => listener.stop())
  const { onion } = foreignOnion()
  for (const type of ignorable)
    listener.hear({ tag, onion: Buffer.concat([onion, packet(type, randomBytes(18))]) })
  await listener.pass(300)
  t.same(listener.spoken, [{ tag, onion }], 'what stands behind it in the cell is left')
})

t.test('packets appended to an inner onion are refused by who opens the outer one', async t => {
  const listener = await startListener()
  t.teardown(() => listener.stop())
  const behind = packet(60, randomBytes(18))
  const short = wrapLayer(Buffer.alloc(300), generateUnwrappingKey(), 1351 - behind.length)
  const inner = { tag, onion: Buffer.concat([short, behind]) }
  listener.hear(onionSaying({ kind: 'forward', next: listener.self, inner }, listener.key, 1551))
  await listener.pass(200)
  t.equal(listener.count('onions refused'), 1)
  t.equal(listener.spoken.length, 1)
})

t.test('packets appended inside a layer are refused', async t => {
  const listener = await startListener()
  t.teardown(() => listener.stop())
  const contents = literal(encodeContents({ kind: 'deliver', parcel: Buffer.alloc(400) }))
  // As long as a layer whose padding fills it up to 1,351 octets.
  const free = 1351 - 78 - 71 - contents.length
  const behind = packet(60, randomBytes(200))
  const onions = [
    [contents, padding(free - 3)],
    [contents, padding(free - 3 - behind.length), behind],
    [contents, behind, padding(free - 3 - behind.length)],
  ].map(packets => layerAround(Buffer.concat(packets), listener.key))
  t.same(
    onions.map(({ length }) => length),
    [1351, 1351, 1351],
  )
  for (const onion of onions) listener.hear({ tag, onion })
  await listener.pass(200)
  t.equal(listener.delivered.length, 1, 'the first, which is well made')
  t.equal(listener.count('onions refused'), 2)
})
