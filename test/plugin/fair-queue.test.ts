// The fair queue: whoever has little waits for little.
import fc from 'fast-check'
import t from 'tap'
import { createFairQueue } from '../../plugin/fair-queue.js'

t.test('owners take turns, each with his own in order', async t => {
  const queue = createFairQueue<string>()
  for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) queue.push(item.charAt(0), item)
  const order = Array.from({ length: 7 }, () => queue.shift())
  t.same(order, ['a1', 'b1', 'c1', 'a2', 'b2', 'a3', undefined])
})

t.test('nothing is lost or given twice, whatever the order of pushing and taking', async t => {
  const step = fc.oneof(fc.constant(null), fc.constantFrom('a', 'b', 'c'))
  fc.assert(
    fc.property(fc.array(step), steps => {
      const queue = createFairQueue<number>()
      const taken: (number | undefined)[] = []
      for (const [number, owner] of steps.entries())
        if (owner === null) taken.push(queue.shift())
        else queue.push(owner, number)
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) taken.push(item)
      const given = taken.filter(item => item !== undefined).sort((one, other) => one - other)
      const pushed = [...steps.entries()].filter(([, owner]) => owner !== null).map(([number]) => number)
      return JSON.stringify(given) === JSON.stringify(pushed)
    }),
  )
  t.pass('holds')
})
