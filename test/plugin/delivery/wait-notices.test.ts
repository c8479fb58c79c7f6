// A sender is told that his messages wait: after a while, once for each wait, and why.
import t, { type Test } from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { parseParcel } from '../../../plugin/delivery/parcel.js'
import { encodeReply } from '../../../plugin/delivery/reply.js'
import { alice, someMail, startDeliveries, type DeliveringServer } from '../../_deliveries.js'

const minute = 60_000

async function three(t: Test) {
  const lab = await startDeliveries()
  t.teardown(lab.stop)
  return lab
}

async function acknowledgeAll({ sent, delivery }: DeliveringServer): Promise<void> {
  for (const { contents } of [...sent]) {
    if (contents.kind !== 'deliver') continue
    await delivery.receive(encodeReply('shown'), parseParcel(contents.parcel).parcel.reply.tag)
  }
}

t.test('a short wait is not worth a word', async t => {
  const { a, pass } = await three(t)
  await a.delivery.send(someMail('hello'))
  await pass(1.5 * minute, 1000)
  await acknowledgeAll(a)
  await pass(10 * minute, 1000)
  t.same(a.waits, [])
})

t.test('a long one is, once, for however many messages', async t => {
  const { a, pass } = await three(t)
  for (const text of ['one', 'two', 'three']) {
    await a.delivery.send(someMail(text))
    await pass(0.5 * minute, 1000)
  }
  await pass(30 * minute, 1000)
  t.same(a.waits, [{ id: 'one', why: 'not-acknowledged' }])
})

t.test('the next wait is told again', async t => {
  const { a, pass } = await three(t)
  await a.delivery.send(someMail('one'))
  await pass(5 * minute, 1000)
  await acknowledgeAll(a)
  await pass(1 * minute, 1000)
  await a.delivery.send(someMail('two'))
  await pass(5 * minute, 1000)
  t.same(
    a.waits.map(({ id }) => id),
    ['one', 'two'],
  )
})

t.test('without a way there the words say so', async t => {
  const { a, pass } = await three(t)
  await a.delivery.send(someMail('hello'))
  a.reachable = [a.domain]
  await pass(5 * minute, 1000)
  t.same(a.waits, [{ id: 'hello', why: 'no-route' }])
})

t.test('each conversation is told of by itself, and a mark is nothing to wait for', async t => {
  const { a, pass } = await three(t)
  await a.delivery.send(someMail('to bob'))
  await a.delivery.send(someMail('to bill', alice, parseUserAddress('bill@b.example')))
  await a.delivery.send({ ...someMail('mark', parseUserAddress('anna@a.example')), kind: 'mark', id: null })
  await pass(5 * minute, 1000)
  t.same(a.waits.map(({ id }) => id).sort(), ['to bill', 'to bob'])
})

t.test('while the host is away nobody hears it; it is told when he is back', async t => {
  const { a, pass } = await three(t)
  a.hostAway = true
  await a.delivery.send(someMail('hello'))
  await pass(5 * minute, 1000)
  t.same(a.waits, [])
  a.hostAway = false
  await pass(minute, 1000)
  t.equal(a.waits.length, 1)
})

t.test('whoever was told that it does not arrive is not told that it waits', async t => {
  const { a, pass } = await three(t)
  await a.delivery.send(someMail('hello'))
  await pass(90 * minute, 5000)
  t.equal(a.failures.length, 1)
  t.equal(a.waits.length, 1, 'only before')
})
