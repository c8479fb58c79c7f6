// The memory of onions: once only, also after a restart, and nothing in the store that is of no use any more.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { createCounters } from '../../../adapters/counters.js'
import { createMemoryStore } from '../../../adapters/memory/index.js'
import { onionHash, openSeen } from '../../../plugin/mor/seen.js'
import { createVirtualClock } from '../../_virtual-clock.js'

const hour = 3_600_000

t.test('an onion is new once, also after a restart', async t => {
  const [store, clock] = [createMemoryStore(), createVirtualClock()]
  const hash = onionHash(randomBytes(1351))
  const first = await openSeen(store, clock, createCounters())
  t.ok(first.add(hash))
  t.notOk(first.add(hash))
  await first.stop()
  const second = await openSeen(store, clock, createCounters())
  t.notOk(second.add(hash))
  await second.stop()
})

t.test('what has expired goes also from a server that never runs for a whole day', async t => {
  const [store, clock] = [createMemoryStore(), createVirtualClock()]
  const secret = randomBytes(16)
  await store.addOpened(secret, clock.now() + 20 * hour)
  for (let restart = 0; restart < 3; restart++) {
    const seen = await openSeen(store, clock, createCounters())
    t.equal(await store.addOpened(secret, clock.now() + 10 * hour), restart === 2)
    clock.advance(12 * hour)
    await seen.stop()
  }
})
