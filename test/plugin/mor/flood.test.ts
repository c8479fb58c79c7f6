// The three rules at work, and whatever else may come out of a room.
import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { systemRandom } from '../../../adapters/random.js'
import { sealCover, sealOnion } from '../../../plugin/mor/cell.js'
import { encodeTaggedContents } from '../../../plugin/mor/contents.js'
import { generateUnwrappingKey } from '../../../plugin/openpgp/index.js'
import { foreignOnion, onionSaying, startListener, type ListenerOptions } from '../../_listener.js'
import { keptVectors } from '../../vectors/generate.js'

async function listening(t: Test, options: ListenerOptions = {}) {
  const listener = await startListener(options)
  t.teardown(() => listener.stop())
  return listener
}

t.test('rule 3: an onion for nobody here is spoken again, unchanged, in a cell of its own', async t => {
  const listener = await listening(t)
  const onion = foreignOnion()
  const frame = sealOnion(listener.heard.links[0] ?? Buffer.alloc(0), onion)
  listener.hear(frame)
  await listener.pass(100)
  t.same(listener.spoken, [onion])
  t.notOk(listener.frames.includes(frame), 'no frame is copied')
  t.equal(listener.count('onions not ours'), 1)
  t.equal(listener.delivered.length, 0)
})

t.test('rule 1: an onion that was seen is ignored', async t => {
  const listener = await listening(t)
  const onion = foreignOnion()
  listener.hear(onion)
  listener.hear(onion)
  await listener.pass(100)
  listener.hear(onion)
  await listener.pass(100)
  t.same(listener.spoken, [onion])
  t.equal(listener.count('onions ignored'), 2)
  t.equal(listener.count('onions heard'), 1)
})

t.test('rule 1: the tag in front makes no other onion of it', async t => {
  const listener = await listening(t)
  const { onion } = foreignOnion()
  for (let count = 0; count < 5; count++) listener.hear({ tag: randomBytes(16), onion })
  await listener.pass(200)
  t.equal(listener.spoken.length, 1)
})

t.test('rule 2: an onion for this server is spoken again like any other, and then opened', async t => {
  const listener = await listening(t)
  const onion = onionSaying({ kind: 'deliver', parcel: Buffer.from('for a user here') }, listener.key)
  listener.hear(onion)
  t.equal(listener.delivered.length, 0, 'nothing is opened before it waits to be spoken')
  t.equal(listener.context.speaker.waiting, 1)
  await listener.pass(100)
  t.same(listener.spoken, [onion])
  t.equal(listener.delivered[0]?.toString('utf8', 0, 15), 'for a user here')
})

t.test('rule 2: what the speaker says does not depend on whose an onion is', async t => {
  const [mine, foreign] = [await listening(t), await listening(t)]
  mine.hear(onionSaying({ kind: 'drop' }, mine.key, 1351 + 200))
  foreign.hear(foreignOnion(1551))
  for (let tick = 0; tick < 8; tick++) {
    for (const listener of [mine, foreign]) await listener.pass(25)
    t.equal(mine.frames.length, foreign.frames.length)
    t.equal(mine.spoken.length, foreign.spoken.length)
  }
})

t.test('forward: the inner onion is spoken with its own tag', async t => {
  const listener = await listening(t)
  const inner = foreignOnion(1351)
  const next = listener.self
  const outer = onionSaying({ kind: 'forward', next, inner }, listener.key, 1551)
  listener.hear(outer)
  await listener.pass(100)
  t.same(listener.spoken, [outer, inner])
  t.equal(listener.count('layers opened: forward'), 1)
})

t.test('speak: the key of the context opens it, and it is spoken there', async t => {
  const listener = await listening(t)
  const [today] = listener.context.epochs
  const inner = foreignOnion(1351)
  const outer = onionSaying({ kind: 'speak', inner }, today?.key ?? listener.key, 1551)
  listener.hear(outer)
  await listener.pass(100)
  t.same(listener.spoken, [outer, inner])
})

t.test('a peeled onion waits before it is spoken, an onion that only passes does not', async t => {
  const means: number[] = []
  const exponential = (mean: number): number => (means.push(mean), 3210)
  const listener = await listening(t, { meanDelay: 1000, random: { ...systemRandom, exponential } })
  const inner = foreignOnion(1351)
  const outer = onionSaying({ kind: 'forward', next: listener.self, inner }, listener.key, 1551)
  listener.hear(outer)
  await listener.pass(3200)
  t.same(listener.spoken, [outer])
  await listener.pass(50)
  t.same(listener.spoken, [outer, inner])
  t.same(means, [1000])
})

for (const kind of ['loop', 'drop'] as const) {
  t.test(`${kind}: cover ends here, after it was spoken again`, async t => {
    const listener = await listening(t)
    const contents = kind === 'loop' ? { kind, id: randomBytes(16) } : { kind }
    const onion = onionSaying(contents, listener.key, 1551)
    listener.hear(onion)
    await listener.pass(100)
    t.same(listener.spoken, [onion])
    t.equal(listener.count(`layers opened: ${kind}`), 1)
  })
}

t.test(
  'garbage, frames under a stranger’s link key and cover: nothing is spoken, each is counted',
  async t => {
    const listener = await listening(t)
    const invalid = await keptVectors('cells', 'invalid')
    const refused = invalid.filter(({ outcome, name }) => outcome === 'refused' && !isInside(name))
    for (const { frame } of refused) listener.hear(frame)
    t.equal(listener.count('cells refused'), refused.length)
    listener.hear(sealOnion(randomBytes(32), foreignOnion()))
    listener.hear(sealCover(randomBytes(32)))
    t.equal(listener.count('cells not readable'), 2)
    listener.hear(sealCover(listener.heard.links[1] ?? Buffer.alloc(0)))
    t.equal(listener.count('cover heard'), 1)
    await listener.pass(200)
    t.equal(listener.spoken.length, 0)
  },
)

// What only a member can do is under a link key that this listener does not have.
function isInside(name: string): boolean {
  return /kind|inside|date|text|onion/u.test(name)
}

t.test('onions of other lengths than the four are refused, and not spoken', async t => {
  const listener = await listening(t)
  for (const length of [600, 1350, 1352, 1400, 1750, 1950])
    listener.hear(onionSaying(Buffer.alloc(300), generateUnwrappingKey(), length))
  await listener.pass(300)
  t.equal(listener.count('cells refused'), 6)
  t.equal(listener.spoken.length, 0)
})

t.test('a layer that says what its key is not for is refused', async t => {
  const listener = await listening(t)
  const contextKey = listener.context.epochs[0]?.key ?? listener.key
  const inner = foreignOnion(1351)
  const cases = [
    onionSaying({ kind: 'speak', inner }, listener.key),
    onionSaying({ kind: 'forward', next: listener.self, inner }, contextKey),
    onionSaying({ kind: 'deliver', parcel: Buffer.alloc(500) }, contextKey),
    onionSaying({ kind: 'drop' }, contextKey, 1551),
  ]
  for (const onion of cases) listener.hear(onion)
  await listener.pass(400)
  t.equal(listener.count('onions refused'), 4)
  t.same(listener.spoken, cases, 'only spoken again like any other')
  t.equal(listener.delivered.length, 0)
})

t.test('contents that break the format are refused after the onion was spoken again', async t => {
  const listener = await listening(t)
  for (const { contents, foundBy } of await keptVectors('contents', 'invalid')) {
    const octets = Buffer.from(contents, 'hex')
    if (foundBy === null && octets.length > 186) listener.hear(onionSaying(octets, listener.key))
  }
  await listener.pass(1000)
  t.ok(listener.spoken.length > 5)
  t.equal(listener.count('onions refused'), listener.spoken.length)
})

t.test('a registered tag finds its key, and must be repeated inside', async t => {
  const listener = await listening(t)
  const [tag, key] = [randomBytes(16), generateUnwrappingKey()]
  const owned = { owner: { kind: 'tag' as const }, key, expires: listener.clock.now() + 1e9 }
  listener.registerTag(tag, owned)
  const parcel = Buffer.alloc(600, 5)
  const tagged = (inside: Buffer) =>
    onionSaying(encodeTaggedContents({ kind: 'deliver', parcel }, inside), key)
  listener.hear({ ...tagged(tag), tag })
  await listener.pass(50)
  t.same(listener.delivered, [parcel])
  listener.hear({ ...tagged(randomBytes(16)), tag })
  listener.hear({ ...onionSaying({ kind: 'deliver', parcel }, key), tag })
  listener.hear({ ...tagged(tag), tag: randomBytes(16) })
  await listener.pass(200)
  t.equal(listener.delivered.length, 1)
  t.equal(listener.count('onions refused'), 2, 'another tag inside, or none')
  t.equal(listener.count('onions not ours'), 1, 'with another tag outside nobody finds the key')
})

t.test('a registered tag does not hide an onion for another key of this server', async t => {
  const listener = await listening(t)
  const tag = randomBytes(16)
  const owner = { kind: 'tag' as const }
  listener.registerTag(tag, { owner, key: generateUnwrappingKey(), expires: listener.clock.now() + 1e9 })
  listener.hear({ ...onionSaying({ kind: 'deliver', parcel: Buffer.alloc(500) }, listener.key), tag })
  await listener.pass(50)
  t.equal(listener.delivered.length, 1)
})

t.test(
  'when too many onions wait, new ones are dropped and counted, and the clock stays the same',
  async t => {
    const listener = await listening(t)
    const { onion } = foreignOnion()
    for (let number = 0; number < 4100; number++) {
      const other = Buffer.from(onion)
      other.writeUInt32BE(number, 700)
      listener.hear({ tag: randomBytes(16), onion: other })
    }
    t.equal(listener.context.speaker.waiting, 4096)
    t.equal(listener.count('onions dropped: queue full'), 4)
    await listener.pass(250)
    t.equal(listener.frames.length, 10)
  },
)
