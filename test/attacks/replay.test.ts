// Replay: somebody speaks an onion again that was opened already, at once, after a restart, or when it was long forgotten.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { generateUnwrappingKey } from '../../plugin/openpgp/index.js'
import { foreignOnion, onionSaying, startListener, type ListenerOptions } from '../_listener.js'
import { createVirtualClock } from '../_virtual-clock.js'

const minute = 60_000
const hour = 60 * minute
const day = 86_400_000
// Few cells, because days pass.
const slow: ListenerOptions = { interval: 10 * minute }
const parcel = Buffer.alloc(500, 1)

t.test('an opened layer is not acted on again when its onion is long forgotten', async t => {
  const listener = await startListener(slow)
  t.teardown(() => listener.stop())
  const onion = onionSaying({ kind: 'deliver', parcel }, listener.key)
  listener.hear(onion)
  await listener.pass(3 * day, 10 * minute)
  listener.hear(onion)
  await listener.pass(hour, 10 * minute)
  t.equal(listener.count('onions heard'), 2, 'the flood has forgotten it')
  t.equal(listener.count('replays ignored'), 1)
  t.equal(listener.delivered.length, 1)
})

t.test('in another onion of the same ephemeral key a layer is not opened again', async t => {
  const listener = await startListener()
  t.teardown(() => listener.stop())
  const { tag, onion } = onionSaying({ kind: 'deliver', parcel }, listener.key)
  listener.hear({ tag, onion })
  await listener.pass(50)
  // Whoever changes the onion to pass deduplication breaks it; the shared secret would be the same.
  for (const at of [40, 100, 1000, 1950]) {
    const changed = Buffer.from(onion)
    changed[at] = (changed[at] ?? 0) ^ 1
    listener.hear({ tag, onion: changed })
  }
  await listener.pass(200)
  t.equal(listener.delivered.length, 1)
})

t.test('after a restart it is ignored as one that was seen', async t => {
  const first = await startListener()
  const onion = onionSaying({ kind: 'deliver', parcel }, first.key)
  first.hear(onion)
  await first.pass(50)
  await first.stop()
  const { clock, store, key } = first
  const second = await startListener({ clock, store, key })
  t.teardown(() => second.stop())
  second.hear(onion)
  await second.pass(100)
  t.equal(second.count('onions ignored'), 1)
  t.equal(second.delivered.length + second.spoken.length, 0)
})

t.test('after a crash before anything else was written the layer is known', async t => {
  const first = await startListener()
  const onion = onionSaying({ kind: 'deliver', parcel }, first.key)
  first.hear(onion)
  await first.pass(20)
  t.equal(first.delivered.length, 1)
  first.context.stop()
  const { clock, store, key } = first
  t.same(await store.loadSeen(clock.now()), [], 'the flood’s memory was not written yet')
  const second = await startListener({ clock, store, key })
  t.teardown(() => Promise.all([first.stop(), second.stop()]))
  second.hear(onion)
  await second.pass(100)
  t.equal(second.count('replays ignored'), 1)
  t.equal(second.delivered.length, 0)
})

t.test('the key of a context that has died opens nothing, although it was not renewed yet', async t => {
  const clock = createVirtualClock(Date.UTC(2026, 0, 1, 0, 5))
  const listener = await startListener({ ...slow, clock })
  t.teardown(() => listener.stop())
  const [today] = listener.context.epochs
  const inner = foreignOnion()
  const onion = onionSaying({ kind: 'speak', inner }, today?.key ?? generateUnwrappingKey(), 1551)
  listener.hear(onion)
  await listener.pass(2 * day + 20 * minute, 10 * minute)
  t.same(listener.spoken, [onion, inner])
  await listener.store.expire(clock.now())
  listener.hear({ ...onion, tag: randomBytes(16) })
  await listener.pass(hour, 10 * minute)
  t.equal(listener.count('layers opened: speak'), 1)
  t.equal(listener.count('onions not ours'), 2, 'the inner one, and the replay')
})
