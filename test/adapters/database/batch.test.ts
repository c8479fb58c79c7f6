// Group commit: what waits goes together, each gets its own answer, and one failure does not spread.
import t from 'tap'
import { createBatcher } from '../../../adapters/database/batch.js'

t.test('what comes while a batch is written goes into one next batch', async t => {
  const batches: number[][] = []
  const gates: (() => void)[] = []
  const add = createBatcher(async (items: readonly number[]) => {
    batches.push([...items])
    await new Promise<void>(resolve => gates.push(resolve))
    return items.map(item => item * 10)
  })
  const first = add(1)
  await new Promise(setImmediate)
  const others = Promise.all([add(2), add(3)])
  gates[0]?.()
  t.equal(await first, 10)
  await new Promise(setImmediate)
  gates[1]?.()
  t.strictSame(await others, [20, 30])
  t.strictSame(batches, [[1], [2, 3]])
})

t.test('a batch that fails fails for its own items only', async t => {
  let failing = true
  const add = createBatcher(async (items: readonly number[]) => {
    if (failing) throw new Error('disk full')
    return items
  })
  const lost = [add(1), add(2)]
  await Promise.all(lost.map(item => t.rejects(item, { message: 'disk full' })))
  failing = false
  t.equal(await add(3), 3)
})

t.test('two batches at once: the third waits for the first', async t => {
  const gates: (() => void)[] = []
  const add = createBatcher(async (items: readonly number[]) => {
    await new Promise<void>(resolve => gates.push(resolve))
    return items
  }, 2)
  const results: Promise<number>[] = []
  for (const item of [1, 2, 3]) {
    results.push(add(item))
    await new Promise(setImmediate)
  }
  t.equal(gates.length, 2)
  gates[1]?.()
  t.equal(await results[1], 2)
  await new Promise(setImmediate)
  t.equal(gates.length, 2)
  gates[0]?.()
  t.equal(await results[0], 1)
  await new Promise(setImmediate)
  gates[2]?.()
  t.equal(await results[2], 3)
})
