// Sending: again and again until it is acknowledged, fairly, over a restart, and with a word to the sender when it fails.
import t, { type Test } from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { window } from '../../../plugin/delivery/flights.js'
import { parseParcel, type Parcel } from '../../../plugin/delivery/parcel.js'
import { encodeReply, type Outcome } from '../../../plugin/delivery/reply.js'
import { PluginError } from '../../../plugin/errors.js'
import { generateUserKey } from '../../../plugin/openpgp/index.js'
import { encodeProof, parseProof } from '../../../plugin/visits/index.js'
import {
  alice,
  bob,
  patience,
  someMail,
  startDeliveries,
  toldWithin,
  type DeliveringServer,
  type Sent,
} from '../../_deliveries.js'
import { proofOf } from '../../_visits.js'

const minute = 60_000
const day = 24 * 60 * minute

async function three(t: Test) {
  const lab = await startDeliveries()
  t.teardown(lab.stop)
  const send = async (...texts: string[]) => {
    for (const text of texts) await lab.a.delivery.send(someMail(text))
    await lab.pass(0)
  }
  return { ...lab, send }
}

function parcelOf({ contents }: Sent): Parcel {
  if (contents.kind !== 'deliver') throw new Error('Not a parcel.')
  return parseParcel(contents.parcel).parcel
}

function texts({ sent }: DeliveringServer): string[] {
  return sent.map(one => parcelOf(one).payload.toString())
}

/** Acknowledges one of the parcels that a server sent. */
function acknowledge(server: DeliveringServer, sent: Sent | undefined, outcome: Outcome): Promise<void> {
  if (!sent) throw new Error('Nothing was sent.')
  return server.delivery.receive(encodeReply(outcome), parcelOf(sent).reply.tag)
}

t.test('what is not acknowledged is sent again, to another reply key each time', async t => {
  const { a, pass, send } = await three(t)
  await send('hello')
  await pass(10 * minute, 1000)
  t.ok(a.sent.length > 3, `${String(a.sent.length)} times`)
  const parcels = a.sent.map(parcelOf)
  t.equal(new Set(parcels.map(({ reply }) => reply.tag.toString('hex'))).size, parcels.length)
  t.equal(new Set(parcels.map(({ reply }) => reply.key.toString('hex'))).size, parcels.length)
  t.ok(parcels.every(({ sequence, payload }) => sequence === 0 && payload.equals(Buffer.from('hello'))))
  t.same(a.failures, [])
})

t.test('the waits grow, and none is like another', async t => {
  const { a, pass, clock, send } = await three(t)
  const times: number[] = []
  await send('hello')
  while (times.length < 8) {
    await pass(100, 100)
    if (a.sent.length > times.length) times.push(clock.now())
  }
  const waits = times.slice(1).map((time, at) => time - (times[at] ?? 0))
  t.ok((waits.at(-1) ?? 0) > 3 * (waits[0] ?? 0), waits.join(', '))
  t.ok(new Set(waits).size > waits.length / 2, 'by chance two of them may be alike')
})

t.test('once it is shown it is never sent again, and nothing of it is kept', async t => {
  const { a, pass, send } = await three(t)
  await send('hello')
  t.equal((await a.store.listOutgoing()).length, 1)
  await acknowledge(a, a.sent[0], 'shown')
  await pass(10 * minute, 1000)
  t.equal(a.sent.length, 1)
  t.same(await a.store.listOutgoing(), [])
  t.equal(a.delivery.waiting, 0)
  t.equal(a.count('messages acknowledged'), 1)
})

t.test('an acknowledgement of any attempt counts, also of the first after the second', async t => {
  const { a, pass, send } = await three(t)
  await send('hello')
  while (a.sent.length < 3) await pass(1000)
  await acknowledge(a, a.sent[0], 'shown')
  await pass(0)
  t.equal(a.delivery.waiting, 0)
  await acknowledge(a, a.sent[1], 'shown')
  t.equal(a.count('acknowledgements too late'), 1)
})

t.test('a long message goes in parts, and the parts that the other side has are not sent again', async t => {
  const { a, pass, send } = await three(t)
  const long = 'x'.repeat(3000)
  await send(long)
  const parts = a.sent.map(parcelOf)
  t.ok(parts.length >= 3)
  t.same(
    parts.map(({ part }) => part),
    [...parts.keys()],
  )
  t.ok(parts.every(({ parts: count }) => count === parts.length))
  t.equal(Buffer.concat(parts.map(({ payload }) => payload)).toString(), long)
  for (const sent of a.sent.slice(1)) await acknowledge(a, sent, 'kept')
  while (a.sent.length === parts.length) await pass(500)
  t.same(
    a.sent.slice(parts.length).map(sent => parcelOf(sent).part),
    [0],
  )
})

t.test('what a visitor sends is as long as his proof leaves room for, in each part', async t => {
  const { c, clock, pass } = await three(t)
  const key = generateUserKey(alice, clock.now())
  const { fingerprint } = key.certificate
  const said = parseProof(await proofOf(alice, key, c.domain, clock.now()))
  const visit = {
    ...{ user: alice, account: parseUserAddress('guest@c.example'), fingerprint },
    ...{ key: null, mailbox: null, certificate: null, until: clock.now() + day },
  }
  const most = async (signature: Buffer): Promise<number> => {
    await c.visits.begin({ ...visit, proof: encodeProof({ ...said, signature }) })
    const error = await c.delivery.send(someMail('x'.repeat(196_608))).catch((cause: unknown) => cause)
    const [, octets = ''] = /at most (\d+) can be sent/u.exec(String(error)) ?? []
    return Number(octets)
  }
  const [small, large] = [await most(Buffer.alloc(300)), await most(Buffer.alloc(500))]
  t.equal(small - large, 255 * 200)
  await c.delivery.send(someMail('x'.repeat(large)))
  await pass(0)
  t.equal(c.sent.length, parcelOf(c.sent[0] as Sent).parts)
})

t.test('when the other side has all of it and shows it later, one part asks for news', async t => {
  const { a, pass, send } = await three(t)
  await send('x'.repeat(3000))
  const count = a.sent.length
  for (const sent of [...a.sent]) await acknowledge(a, sent, 'kept')
  while (a.sent.length === count) await pass(500)
  t.equal(a.sent.length, count + 1)
  await acknowledge(a, a.sent.at(-1), 'shown')
  await pass(0)
  t.equal(a.delivery.waiting, 0)
})

t.test('a receiver that does not know or trust: the sender learns which, and it is over', async t => {
  for (const [outcome, code] of [
    ['recipient-unknown', 'recipient-unknown'],
    ['unsure', 'not-acknowledged'],
    ['refused', 'recipient-untrusted'],
    ['unsure', 'not-acknowledged'],
  ] as const) {
    const { a, pass, send } = await three(t)
    await send('hello')
    await acknowledge(a, a.sent[0], outcome)
    await pass(10 * minute, 1000)
    t.match(a.failures, [{ id: 'hello', reason: { code } }])
    t.equal(a.sent.length, 1)
    t.same(await a.store.listOutgoing(), [])
  }
})

t.test('after the patience the sender is told, once; a skip in its place goes on', async t => {
  const { a, pass, send } = await three(t)
  await send('hello')
  await pass(patience + toldWithin, 5000)
  t.match(a.failures, [{ id: 'hello', reason: { code: 'not-acknowledged' } }])
  t.match(parcelOf(a.sent.at(-1) as Sent), { kind: 'skip', sequence: 0, payload: Buffer.alloc(0) })
  await pass(2 * patience, 30_000)
  t.equal(a.failures.length, 1)
  await acknowledge(a, a.sent.at(-1), 'shown')
  await pass(0)
  t.same(await a.store.listOutgoing(), [])
})

t.test('a sender whose host is away is told when it is back', async t => {
  const { a, pass, send } = await three(t)
  await send('given up', 'refused')
  a.hostAway = true
  await acknowledge(a, a.sent[1], 'refused')
  await pass(patience + toldWithin, 5000)
  t.same(a.failures, [])
  a.hostAway = false
  await pass(minute, 5000)
  t.match(a.failures.map(({ id, reason }) => [id, reason.code]).sort(), [
    ['given up', 'not-acknowledged'],
    ['refused', 'recipient-untrusted'],
  ])
})

t.test('whoever was told is not told again because the disk is full', async t => {
  const { a, pass, send } = await three(t)
  await send('hello')
  const { replaceOutgoing } = a.store
  a.store.replaceOutgoing = () => Promise.reject(new PluginError('queue-full', 'Full.'))
  await pass(patience + 2 * toldWithin, 5000)
  t.equal(a.failures.length, 1)
  a.store.replaceOutgoing = replaceOutgoing
  await pass(minute, 5000)
  t.match(parcelOf(a.sent.at(-1) as Sent), { kind: 'skip' })
  t.equal(a.failures.length, 1)
})

t.test('a sender who could not be told before a restart is told after it', async t => {
  const { a, pass, send } = await three(t)
  await send('given up')
  a.hostAway = true
  await pass(patience + toldWithin, 5000)
  a.hostAway = false
  await a.restart()
  await pass(minute, 1000)
  t.match(a.failures, [{ id: 'given up', reason: { code: 'not-acknowledged' } }])
})

t.test('what is accepted while a start is under way stands behind what lay there before', async t => {
  const { a, pass, send } = await three(t)
  await send('one', 'two')
  const before = a.sent.length
  const restarted = a.restart()
  const accepted = a.delivery.send(someMail('three'))
  await Promise.all([restarted, accepted])
  await pass(0)
  const after = a.sent.slice(before).map(parcelOf)
  t.same(after.map(({ sequence, oldest }) => [sequence, oldest]).sort(), [
    [0, 0],
    [1, 0],
    [2, 0],
  ])
})

t.test('a skip that nobody acknowledges ends after a week', async t => {
  const { a, pass, send } = await three(t)
  await send('hello')
  for (let days = 0; days < 8; days++) await pass(day, 6 * 60 * minute)
  t.same(await a.store.listOutgoing(), [])
  t.equal(a.delivery.waiting, 0)
})

t.test(
  'what cannot leave after it was accepted waits for its route, and the error says so in the end',
  async t => {
    const { a, b, pass, send } = await three(t)
    await send('first')
    a.reachable = [a.domain]
    const before = a.sent.length
    await pass(30 * minute, 1000)
    t.equal(a.sent.length, before)
    a.reachable = [a.domain, b.domain]
    // Sent again when there is a route; the last wait before may be long.
    while (a.sent.length === before) await pass(minute, 1000)
    await send('second')
    a.reachable = [a.domain]
    await pass(patience + toldWithin, 5000)
    t.match(
      a.failures.find(({ id }) => id === 'second'),
      { reason: { code: 'route-unreachable' } },
    )
  },
)

t.test(
  'of a conversation only the first few are on their way; each that is settled lets one more go',
  async t => {
    const { a, pass, send } = await three(t)
    const all = Array.from({ length: window + 3 }, (_, number) => `message ${String(number)}`)
    await send(...all)
    t.same(texts(a), all.slice(0, window))
    await acknowledge(a, a.sent[2], 'shown')
    await pass(0)
    t.same(texts(a), all.slice(0, window + 1))
  },
)

t.test('after a restart everything that was accepted is sent, and the numbers go on', async t => {
  const { a, pass, send } = await three(t)
  await send('one', 'two')
  const before = a.sent.map(parcelOf)
  await a.restart()
  await pass(0)
  const after = a.sent.slice(2).map(parcelOf)
  t.same(
    after.map(({ sequence, payload }) => [sequence, payload.toString()]),
    before.map(({ sequence, payload }) => [sequence, payload.toString()]),
  )
  await send('three')
  t.equal(parcelOf(a.sent.at(-1) as Sent).sequence, 2)
  t.ok(parcelOf(a.sent.at(-1) as Sent).conversation.equals(before[0]?.conversation ?? Buffer.alloc(0)))
})

t.test('a skip stays a skip over a restart, and nobody is told again', async t => {
  const { a, pass, send } = await three(t)
  await send('hello')
  await pass(patience + toldWithin, 5000)
  const before = a.sent.length
  await a.restart()
  await pass(0)
  t.match(a.sent.slice(before).map(parcelOf), [{ kind: 'skip' }])
  await pass(30 * minute, 5000)
  t.equal(a.failures.length, 1)
})

t.test('what lies in the store tells nobody who writes to whom, nor what', async t => {
  const { a, send } = await three(t)
  await send('a secret text')
  const [entry] = await a.store.listOutgoing()
  if (!entry) throw new Error('Nothing is kept.')
  const sealed = await a.store.loadOutgoing(entry.conversation, entry.sequence)
  for (const word of [alice, bob, 'a secret text'])
    t.notOk(sealed?.includes(Buffer.from(word)), 'in no clear words')
})

t.test('a user with very many messages is told to wait, and others are not', async t => {
  const { a } = await three(t)
  const many = Array.from({ length: 500 }, (_, number) => a.delivery.send(someMail(String(number))))
  await Promise.all(many)
  await t.rejects(a.delivery.send(someMail('one more')), { code: 'too-many-requests', message: /Wait/ })
  const anna = parseUserAddress('anna@a.example')
  await a.delivery.send(someMail('from another', anna))
})

t.test('a disk that takes nothing: the message is refused, and the next one has its number', async t => {
  const { a, pass, send } = await three(t)
  const { addOutgoing } = a.store
  a.store.addOutgoing = () => Promise.reject(new Error('SQLITE_FULL: database or disk is full'))
  await t.rejects(a.delivery.send(someMail('lost?')), { code: 'queue-full', message: /Try again later/ })
  a.store.addOutgoing = addOutgoing
  await send('kept')
  await pass(0)
  t.match(a.sent.map(parcelOf), [{ sequence: 0, payload: Buffer.from('kept') }])
})

t.test('an acknowledgement that is none is refused', async t => {
  const { a, send } = await three(t)
  await send('hello')
  const { tag } = parcelOf(a.sent[0] as Sent).reply
  for (const octets of [Buffer.alloc(0), Buffer.of(0), Buffer.of(6), Buffer.of(2, 1)])
    await t.rejects(a.delivery.receive(octets, tag), { code: 'bad-format' })
  t.equal(a.delivery.waiting, 1)
})
