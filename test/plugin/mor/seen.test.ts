// The memory of onions: once only, also after a restart, and nothing in the store that is of no use any more.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { createCounters } from '../../../adapters/counters.js'
import { createMemoryStore } from '../../../adapters/memory/index.js'
import { systemRandom } from '../../../adapters/random.js'
import { onionHash, openSeen } from '../../../plugin/mor/seen.js'
import { createVirtualClock } from '../../_virtual-clock.js'

const hour = 3_600_000

t.test('an onion is new once, also after a restart', async t => {
  const [store, clock] = [createMemoryStore(), createVirtualClock()]
  const hash = onionHash(randomBytes(1351))
  const first = await openSeen(store, clock, createCounters(), systemRandom)
  t.ok(first.add(hash))
  t.notOk(first.add(hash))
  await first.stop()
  const second = await openSeen(store, clock, createCounters(), systemRandom)
  t.notOk(second.add(hash))
  await second.stop()
})

t.test('what has expired goes also from a server that never runs for a whole day', async t => {
  const [store, clock] = [createMemoryStore(), createVirtualClock()]
  const secret = randomBytes(16)
  await store.addOpened(secret, clock.now() + 20 * hour)
  for (let restart = 0; restart < 3; restart++) {
    const seen = await openSeen(store, clock, createCounters(), systemRandom)
    t.equal(await store.addOpened(secret, clock.now() + 10 * hour), restart === 2)
    clock.advance(12 * hour)
    await seen.stop()
  }
})

t.test(
  'after a restart all are known, however many pages they fill, and none twice in the store',
  async t => {
    const [store, clock] = [createMemoryStore(), createVirtualClock()]
    const hashes = Array.from({ length: 20_001 }, () => randomBytes(16))
    await store.addSeen(hashes.map(hash => ({ hash, expires: clock.now() + hour })))
    await store.addSeen([{ hash: randomBytes(16), expires: clock.now() }])
    const seen = await openSeen(store, clock, createCounters(), systemRandom)
    t.notOk(hashes.some(hash => seen.add(hash)))
    t.ok(seen.add(randomBytes(16)))
    await seen.stop()
    t.equal((await store.loadSeen(clock.now())).length, hashes.length + 1)
  },
)

t.test('what the store has no room for is written when it has', async t => {
  const [store, clock] = [createMemoryStore(), createVirtualClock()]
  const { addSeen } = store
  const seen = await openSeen(store, clock, createCounters(), systemRandom)
  store.addSeen = () => Promise.reject(new Error('full'))
  seen.add(randomBytes(16))
  await seen.flush()
  t.same(await store.loadSeen(clock.now()), [])
  store.addSeen = addSeen
  seen.add(randomBytes(16))
  await seen.flush()
  t.equal((await store.loadSeen(clock.now())).length, 2)
  await seen.stop()
})
