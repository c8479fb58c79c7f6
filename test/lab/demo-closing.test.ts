// What the demo starts ends, whatever happens.
import t from 'tap'
import { createClosing } from './demo-closing.js'

const patience = 60_000

t.test('the last started ends first', async t => {
  const [closing, ended] = [createClosing(patience), [] as string[]]
  for (const name of ['one', 'two'])
    await closing.begin(
      async () => name,
      async thing => ended.push(thing),
    )
  t.same(await closing.close(), [])
  t.same(ended, ['two', 'one'])
})

t.test('what is just starting is waited for and ended', async t => {
  const [closing, ended] = [createClosing(patience), [] as string[]]
  const start = new Promise<string>(resolve => setImmediate(resolve, 'late'))
  void closing.begin(
    () => start,
    async thing => ended.push(thing),
  )
  await closing.close()
  t.same(ended, ['late'])
})

t.test('an end that fails or hangs is reported and keeps no other from ending', async t => {
  const [closing, ended] = [createClosing(50), [] as string[]]
  const ends = [
    async () => ended.push('first'),
    () => new Promise(() => undefined),
    () => Promise.reject(new Error('broken')),
  ]
  for (const end of ends) await closing.begin(async () => 'thing', end)
  t.match(await closing.close(), [/broken/u, /in time/u])
  t.same(ended, ['first'])
})

t.test('a start that failed has nothing to end', async t => {
  const closing = createClosing(patience)
  const failing = () => Promise.reject(new Error('no'))
  await t.rejects(
    closing.begin(failing, () => t.fail('it ended') as never),
    { message: 'no' },
  )
  t.same(await closing.close(), [])
})

t.test('nothing starts any more once everything ends', async t => {
  const closing = createClosing(patience)
  await closing.close()
  t.ok(closing.isClosing)
  const start = () => t.fail('it started') as never
  t.throws(() => closing.begin(start, async () => undefined), { message: 'being stopped' })
})
