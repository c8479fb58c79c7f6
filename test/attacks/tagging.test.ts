// Tagging: somebody on the way flips a bit of an onion, to know it again further on.
import t from 'tap'
import { buildOnion } from '../../plugin/mor/onion.js'
import { systemRandom } from '../../adapters/random.js'
import { generateUnwrappingKey } from '../../plugin/openpgp/index.js'
import { fingerprint, startListener } from '../_listener.js'

t.test('an onion with one bit flipped, anywhere, goes no further than the server that opens it', async t => {
  const listener = await startListener()
  t.teardown(() => listener.stop())
  const last = { server: fingerprint(), key: generateUnwrappingKey() }
  const contents = { kind: 'deliver' as const, parcel: Buffer.alloc(500, 1) }
  const { tag, onion } = buildOnion(
    [{ server: listener.self, key: listener.key }, last],
    contents,
    systemRandom,
  )
  for (let at = 0; at < onion.length; at++) {
    const changed = Buffer.from(onion)
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
    listener.hear({ tag, onion: changed })
  }
  await listener.pass(50)
  t.equal(listener.count('layers opened: forward'), 0)
  const { snapshot } = listener.counters
  const sum = ['cells refused', 'onions refused', 'onions not ours'].map(name => snapshot()[name] ?? 0)
  t.equal(
    sum.reduce((one, other) => one + other),
    onion.length,
    'each one was refused or taken for somebody else’s',
  )
  listener.hear({ tag, onion })
  await listener.pass(50)
  t.equal(listener.count('layers opened: forward'), 1, 'the true one is not hindered')
})

t.test('what a member writes behind the onion of a cell is not spoken again', async t => {
  const listener = await startListener()
  t.teardown(() => listener.stop())
  const mark = Buffer.from('a mark of mine in the padding')
  const { tag, onion } = buildOnion(
    [fingerprint(), fingerprint()].map(server => ({ server, key: generateUnwrappingKey() })),
    { kind: 'deliver', parcel: Buffer.alloc(300) },
    { ...systemRandom, below: () => 0 },
  )
  listener.hear({ tag, onion: Buffer.concat([onion, mark]) })
  await listener.pass(100)
  t.same(listener.spoken, [{ tag, onion }])
})
