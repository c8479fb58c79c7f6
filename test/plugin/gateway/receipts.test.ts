// Receipts and markers on the in-process host: they pass both ways under the names that clients know, and nobody sees a text.
import t, { type Test } from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import type { ChatMessage, Mark } from '../../../plugin/ports.js'
import { startMemoryServers, type MemoryServersOptions } from '../../_memory-servers.js'

const alice = parseUserAddress('alice@a.example')
const bob = parseUserAddress('bob@b.example')

async function started(t: Test, options: Partial<MemoryServersOptions> = {}) {
  const lab = await startMemoryServers({ names: ['a', 'b', 'c'], ...options })
  t.teardown(() => lab.stop())
  const [a, b] = lab.servers
  if (!a || !b) throw new Error('Three were started.')
  const marks = { a: [] as Mark[], b: [] as Mark[] }
  a.host.onMarked(mark => void marks.a.push(mark))
  b.host.onMarked(mark => void marks.b.push(mark))
  await b.say(bob, null, 'help')
  await a.say(alice, null, 'help')
  await a.learns(bob)
  await b.learns(alice)
  const shownTo = (server: typeof a): ChatMessage[] => server.shown.filter(({ contact }) => contact !== null)
  return { ...lab, a, b, marks, shownTo }
}

t.test('Bob’s client tells of Alice’s message, hers of his, each by the name it gave', async t => {
  const { a, b, marks, until, shownTo } = await started(t)
  await a.host.say({ user: alice, contact: bob, body: 'one', id: 'm-1', asks: ['receipt', 'markers'] })
  await until(() => shownTo(b).length === 1)
  const [shown] = shownTo(b)
  t.same(shown?.asks, ['receipt', 'markers'])
  const id = shown?.id ?? ''
  await b.host.tell({ user: bob, contact: alice, id, kinds: ['receipt', 'received'] })
  await b.host.tell({ user: bob, contact: alice, id, kinds: ['displayed'] })
  await until(() => marks.a.length === 2)
  t.same(marks.a, [
    { user: alice, contact: bob, id: 'm-1', kinds: ['receipt', 'received'] },
    { user: alice, contact: bob, id: 'm-1', kinds: ['displayed'] },
  ])
  await b.host.say({ user: bob, contact: alice, body: 'two', id: 'answer', asks: ['markers'] })
  await until(() => shownTo(a).length === 1)
  await a.host.tell({ user: alice, contact: bob, id: shownTo(a)[0]?.id ?? '', kinds: ['acknowledged'] })
  await until(() => marks.b.length === 1)
  t.same(marks.b, [{ user: bob, contact: alice, id: 'answer', kinds: ['acknowledged'] }])
  t.equal(shownTo(a).length + shownTo(b).length, 2, 'no mark is shown as a text')
  await until(() => a.service.waiting + b.service.waiting === 0)
})

t.test('a client may use a name twice: both are shown under it, and marks go to it', async t => {
  const { a, b, marks, until, shownTo } = await started(t)
  for (const body of ['one', 'two'])
    await a.host.say({ user: alice, contact: bob, body, id: 'same', asks: ['receipt'] })
  await until(() => shownTo(b).length === 2)
  t.ok(shownTo(b).every(({ id }) => id === 'same'))
  t.not(shownTo(b)[0]?.once, shownTo(b)[1]?.once)
  for (const { id = '' } of shownTo(b))
    await b.host.tell({ user: bob, contact: alice, id, kinds: ['receipt'] })
  await until(() => marks.a.length === 2)
  t.ok(marks.a.every(({ id }) => id === 'same'))
})

t.test('without a wish nothing is asked; a name that cannot be carried asks for nothing', async t => {
  const { a, b, until, shownTo } = await started(t)
  await a.host.say({ user: alice, contact: bob, body: 'one', id: 'plain' })
  await a.host.say({ user: alice, contact: bob, body: 'two', id: 'x'.repeat(65), asks: ['receipt'] })
  await a.host.say({ user: alice, contact: bob, body: 'three', id: 'ö', asks: ['receipt'] })
  await until(() => shownTo(b).length === 3)
  for (const { asks } of shownTo(b)) t.equal(asks, undefined)
})

t.test(
  'marks of what was never shown, to strangers and from strangers go nowhere, without an error',
  async t => {
    const { a, b, marks, pass } = await started(t)
    const nobody = parseUserAddress('nobody@b.example')
    await b.host.tell({ user: bob, contact: alice, id: `${'0'.repeat(32)}-1`, kinds: ['receipt'] })
    await b.host.tell({ user: bob, contact: nobody, id: 'm1', kinds: ['receipt'] })
    await b.host.tell({ user: nobody, contact: alice, id: 'm1', kinds: ['receipt'] })
    await pass(3000)
    t.same(marks.a, [])
    t.equal(b.counters.snapshot()['marks not sent'], 3)
    t.equal(await b.store.find('user', nobody), null, 'no key is made for it')
    t.equal(a.service.waiting + b.service.waiting, 0)
  },
)

t.test('a mark that its receiver does not take is no error for anybody', async t => {
  const { b, network, until, pass } = await started(t, { patience: 60_000 })
  const failures: unknown[] = []
  b.host.onFailed((_, reason) => void failures.push(reason))
  await b.host.tell({ user: bob, contact: alice, id: `${'0'.repeat(32)}-1.m1`, kinds: ['receipt'] })
  for (const server of ['a', 'c'] as const) network.setReachable(`${server}.example` as never, false)
  await until(() => b.counters.snapshot()['messages given up'] === 1, 300_000)
  await pass(1000)
  t.same(failures, [])
})
