// An account that a user of another server visits with, and pseudonyms: of the account, of its neighbours, of the visitor at home.
import t from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import type { Mark } from '../../../plugin/ports.js'
import { startMemoryServers } from '../../_memory-servers.js'
import { alice, bob, fox, refused } from '../../_pseudonyms.js'
import { beginVisit, credentialsOf } from '../../_visits.js'

const [guest, other, owl, wolf, nobody] = [
  parseUserAddress('guest@c.example'),
  parseUserAddress('other@c.example'),
  parseUserAddress('owl@p3do.c.example'),
  parseUserAddress('wolf@p3do.c.example'),
  parseUserAddress('nobody@p3do.c.example'),
]

const lab = await startMemoryServers({ names: ['a', 'b', 'c', 'd'] })
t.teardown(() => lab.stop())
const [a, b, c] = lab.servers
if (!a || !b || !c) throw new Error('Four were asked for.')
const { elapse, until } = lab
await elapse(b.say(bob, null, 'help'))
await elapse(a.say(alice, null, 'pseudonym new fox'))
await elapse(c.say(guest, null, 'pseudonym new owl'))
await elapse(c.say(other, null, 'pseudonym new wolf'))
await elapse(Promise.all([fox, owl, wolf, alice].map(user => b.learns(user))))
await elapse(Promise.all([c.learns(bob), c.learns(alice)]))
const credentials = await credentialsOf(a, alice)
lab.network.setReachable(a.domain, false)
await a.service.stop()
a.host.abandon()
await elapse(beginVisit(c, guest, credentials))
await until(() => b.service.reachable().includes(c.domain) && c.service.reachable().includes(b.domain))
await lab.pass(60_000)

const fromContacts = () =>
  c.shown.flatMap(({ user, as, contact, body }) => (contact === null ? [] : [{ user, as, contact, body }]))

t.test('a visitor writes under his own address, and as the account’s pseudonym where he says so', async t => {
  await elapse(c.say(guest, bob, 'Alice is here'))
  await elapse(c.say(guest, bob, 'the owl is here', owl))
  await until(() => b.shown.filter(({ contact }) => contact !== null).length === 2)
  t.same(b.shown.flatMap(({ contact, body }) => (contact === null ? [] : [`${contact}: ${body}`])).sort(), [
    `${alice}: Alice is here`,
    `${owl}: the owl is here`,
  ])
})

t.test('answers to each come where it wrote, and the account is told apart by nobody', async t => {
  await elapse(b.say(bob, alice, 'hello Alice'))
  await elapse(b.say(bob, owl, 'hello owl'))
  await until(() => fromContacts().length === 2)
  t.same(
    new Set(fromContacts()),
    new Set([
      { user: guest, as: undefined, contact: bob, body: 'hello Alice' },
      { user: guest, as: owl, contact: bob, body: 'hello owl' },
    ]),
  )
})

t.test('receipts are told by whom the message was for, also where two have the same name', async t => {
  const marks: Mark[] = []
  b.host.onMarked(mark => void marks.push(mark))
  const before = fromContacts().length
  for (const contact of [alice, owl])
    await elapse(b.host.say({ user: bob, contact, body: 'seen?', id: 'same', asks: ['receipt'] }))
  await until(() => fromContacts().length === before + 2)
  await elapse(c.host.tell({ user: guest, as: owl, contact: bob, kinds: ['receipt'], id: 'same' }))
  await until(() => marks.length === 1)
  t.equal(marks[0]?.contact, owl)
  await elapse(c.host.tell({ user: guest, contact: bob, kinds: ['displayed'], id: 'same' }))
  await until(() => marks.length === 2)
  t.equal(marks[1]?.contact, alice)
})

t.test('nobody speaks as another’s pseudonym, nor as his own of another server', async t => {
  const unknown = await refused(lab, c.say(guest, bob, 'hello', nobody))
  t.match(unknown, { code: 'recipient-unknown' })
  for (const as of [wolf, fox]) t.same(await refused(lab, c.say(guest, bob, 'hello', as)), unknown, as)
  t.same(await refused(lab, c.say(other, bob, 'hello', owl)), unknown)
  t.match(await refused(lab, c.say(guest, null, 'pseudonym key wolf')), { code: 'recipient-unknown' })
  const sent = c.counters.snapshot()['marks sent']
  for (const as of [wolf, fox])
    await elapse(c.host.tell({ user: guest, as, contact: bob, kinds: ['receipt'], id: 'same' }))
  t.equal(c.counters.snapshot()['marks sent'], sent)
})
