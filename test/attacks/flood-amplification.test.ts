// Amplification: one hostile member tries to make the others speak more cells than it speaks itself.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { buildOnion } from '../../plugin/mor/onion.js'
import { systemRandom } from '../../adapters/random.js'
import { foreignOnion, startListener } from '../_listener.js'

t.test('the same onion in a hundred different cells, tags and link keys is spoken once', async t => {
  const listener = await startListener()
  t.teardown(() => listener.stop())
  const { onion } = foreignOnion()
  for (let count = 0; count < 100; count++) listener.hear({ tag: randomBytes(16), onion })
  await listener.pass(2000)
  t.equal(listener.spoken.length, 1)
  t.equal(listener.count('onions ignored'), 99)
})

t.test('an onion whose every layer is for one server costs it no more cells than it has layers', async t => {
  const listener = await startListener()
  t.teardown(() => listener.stop())
  const route = Array.from({ length: 4 }, () => ({ server: listener.self, key: listener.key }))
  const onion = buildOnion(route, { kind: 'drop' }, systemRandom)
  for (let count = 0; count < 20; count++) listener.hear(onion)
  await listener.pass(2000)
  t.equal(listener.spoken.length, 4)
  t.equal(listener.count('layers opened: drop'), 1)
})

t.test('the rate of cells stays the same while a member floods', async t => {
  const [calm, flooded] = [await startListener(), await startListener()]
  t.teardown(() => Promise.all([calm.stop(), flooded.stop()]))
  for (let tick = 0; tick < 20; tick++) {
    for (let count = 0; count < 10; count++) flooded.hear(foreignOnion())
    for (const listener of [calm, flooded]) await listener.pass(25)
  }
  t.equal(flooded.frames.length, calm.frames.length)
  t.ok(flooded.frames.every(({ length }) => length === 2732))
})
