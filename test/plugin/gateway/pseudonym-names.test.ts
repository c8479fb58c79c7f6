// Receipts, markers and corrections in a pseudonym's talk: each client knows messages by its own names, the other side by ones that tell nothing.
import t from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import type { Mark } from '../../../plugin/ports.js'
import { alice, bob, carol, fox, make, startWithBob } from '../../_pseudonyms.js'
import type { MemoryServer } from '../../_memory-servers.js'

async function talking() {
  const lab = await startWithBob(t)
  await make(lab, alice, 'fox')
  const marks = { a: [] as Mark[], b: [] as Mark[] }
  lab.a.host.onMarked(mark => void marks.a.push(mark))
  lab.b.host.onMarked(mark => void marks.b.push(mark))
  /** Says something and gives what the other one is shown of it. */
  const say = async (from: MemoryServer, message: Parameters<MemoryServer['host']['say']>[0]) => {
    const to = from === lab.a ? lab.b : lab.a
    await lab.elapse(from.host.say(message))
    const found = () => to.shown.find(({ contact, body }) => contact !== null && body === message.body)
    await lab.until(() => found() !== undefined)
    return found()
  }
  const clear = (): void => {
    marks.a.length = marks.b.length = 0
  }
  return { ...lab, marks, say, clear }
}

const asFox = { user: alice, as: fox, contact: bob } as const
const dora = parseUserAddress('dora@c.example')
const toFox = { user: bob, contact: fox } as const

const { a, b, c, marks, pass, until, elapse, say, clear } = await talking()

t.test('Bob’s client tells of what fox wrote, and Alice’s reads it of her own message', async t => {
  clear()
  const shown = await say(a, {
    ...asFox,
    body: 'hello from fox',
    id: 'alice-1',
    asks: ['receipt', 'markers'],
  })
  t.match(shown, { user: bob, contact: fox, asks: ['receipt', 'markers'], id: /^[\w-]{64}$/u })
  await b.host.tell({ ...toFox, id: shown?.id ?? '', kinds: ['receipt', 'displayed'] })
  await until(() => marks.a.length === 1)
  t.same(marks.a, [{ ...asFox, id: 'alice-1', kinds: ['receipt', 'displayed'] }])
  await until(() => a.service.waiting + b.service.waiting === 0)
})

t.test('Alice’s client tells of what fox was written, as fox', async t => {
  clear()
  const shown = await say(b, { ...toFox, body: 'hello to fox', id: 'bob-1', asks: ['receipt'] })
  t.match(shown, { ...asFox, id: 'bob-1', asks: ['receipt'] })
  await a.host.tell({ ...asFox, id: 'bob-1', kinds: ['receipt'] })
  await until(() => marks.b.length === 1)
  t.same(marks.b, [{ ...toFox, id: 'bob-1', kinds: ['receipt'] }])
})

t.test('a correction names the message as the other client was shown it, both ways', async t => {
  clear()
  const first = await say(a, { ...asFox, body: 'helo', id: 'alice-1' })
  const second = await say(a, { ...asFox, body: 'hello', id: 'alice-2', replaces: 'alice-1' })
  t.equal(second?.replaces, first?.id)
  t.not(second?.id, first?.id)
  await say(b, { ...toFox, body: 'hi', id: 'bob-1' })
  t.match(await say(b, { ...toFox, body: 'hi fox', id: 'bob-2', replaces: 'bob-1' }), {
    ...asFox,
    id: 'bob-2',
    replaces: 'bob-1',
  })
})

t.test('what names no message of this talk is told to nobody', async t => {
  clear()
  const shown = await say(a, { ...asFox, body: 'hello again', id: 'alice-1', asks: ['receipt'] })
  await c.say(dora, null, 'help')
  await elapse(Promise.all([a.learns(dora), c.learns(fox)]))
  const id = shown?.id ?? ''
  const sentBefore = b.counters.snapshot()['marks sent'] ?? 0
  await c.host.tell({ user: dora, contact: fox, id, kinds: ['receipt'] })
  for (const other of ['alice-1', `${id.startsWith('A') ? 'B' : 'A'}${id.slice(1)}`])
    await b.host.tell({ ...toFox, id: other, kinds: ['receipt'] })
  t.equal(b.counters.snapshot()['marks sent'], sentBefore + 2)
  t.equal(c.counters.snapshot()['marks sent'], 1)
  await pass(20_000)
  t.same(marks.a, [])
})

t.test('nobody but her owner tells anything as fox', async t => {
  clear()
  await say(b, { ...toFox, body: 'hello once more', id: 'bob-1', asks: ['receipt'] })
  await a.host.tell({ ...asFox, user: carol, id: 'bob-1', kinds: ['receipt'] })
  await pass(5000)
  t.same(marks.b, [])
  t.equal(a.counters.snapshot()['marks not sent'], 1)
})
