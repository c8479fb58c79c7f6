// Receiving: whatever way parcels come, each message is shown once, in order, and its sender hears what became of it.
import t, { type Test } from 'tap'
import { PluginError } from '../../../plugin/errors.js'
import { encodeParcel, parseParcel } from '../../../plugin/delivery/parcel.js'
import { parseReply } from '../../../plugin/delivery/reply.js'
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

const minute = 60_000
const hour = 60 * minute

async function three(t: Test) {
  const lab = await startDeliveries()
  t.teardown(lab.stop)
  /** Sends texts and gives the parcels. */
  const send = async (...texts: string[]): Promise<Sent[]> => {
    const before = lab.a.sent.length
    for (const text of texts) await lab.a.delivery.send(someMail(text))
    await lab.pass(0)
    return lab.a.sent.slice(before)
  }
  return { ...lab, send }
}

function shown({ accepted }: DeliveringServer): string[] {
  return accepted.map(({ payload }) => payload.toString())
}

/** What acknowledgements a server sent, in their order. */
function outcomes({ sent }: DeliveringServer): string[] {
  return sent.map(({ contents }) =>
    contents.kind === 'deliver' ? parseReply(contents.parcel) : contents.kind,
  )
}

async function takeAll(server: DeliveringServer, parcels: readonly (Sent | undefined)[]): Promise<void> {
  for (const parcel of parcels) if (parcel) await server.take(parcel)
}

t.test('a message is shown and acknowledged, and the acknowledgement ends it at the sender', async t => {
  const { a, b, send, pass } = await three(t)
  await takeAll(b, await send('hello'))
  t.match(b.accepted, [{ sender: alice, recipient: bob, payload: Buffer.from('hello') }])
  t.same(outcomes(b), ['shown'])
  t.equal(b.sent[0]?.route.at(-1)?.server, a.identity.fingerprint, 'to the server of the sender')
  await takeAll(a, b.sent)
  await pass(0)
  t.equal(a.delivery.waiting, 0)
})

t.test('the same parcel again, or sent again: acknowledged again, shown once', async t => {
  const { a, b, send, pass } = await three(t)
  const [first] = await send('hello')
  await takeAll(b, [first, first])
  while (a.sent.length < 2) await pass(500)
  await takeAll(b, a.sent)
  t.same(shown(b), ['hello'])
  t.same(outcomes(b), ['shown', 'shown', 'shown', 'shown'])
})

t.test('a copy that comes while the first one is being shown does not show it twice', async t => {
  const { b, send } = await three(t)
  const [parcel] = await send('hello')
  await Promise.all([parcel, parcel, parcel].map(async one => one && b.take(one)))
  t.same(shown(b), ['hello'])
})

t.test('a part that comes again and again counts as kept once, and not at all when it is shown', async t => {
  const { b, send } = await three(t)
  const [first, second] = await send('first', 'second')
  await takeAll(b, [second, second, second])
  t.equal(b.delivery.state().kept, 1)
  await takeAll(b, [first])
  t.same(shown(b), ['first', 'second'])
  t.equal(b.delivery.state().kept, 0)
})

t.test('messages that overtake each other are shown in the order in which they were sent', async t => {
  const { b, send } = await three(t)
  const [one, two, three_, four] = await send('1', '2', '3', '4')
  await takeAll(b, [three_, two, four])
  t.same(shown(b), [])
  t.same(outcomes(b), ['kept', 'kept', 'kept'])
  await takeAll(b, [one])
  t.same(shown(b), ['1', '2', '3', '4'])
  t.same(outcomes(b).slice(3), ['shown', 'shown', 'shown', 'shown'], 'also those that waited')
})

t.test('parts in any order, some twice, make the message', async t => {
  const { b, send } = await three(t)
  const text = Array.from({ length: 500 }, (_, number) => `word ${String(number)}`).join(' ')
  const parts = await send(text)
  t.ok(parts.length > 3)
  await takeAll(b, [...parts.slice(2), ...parts.slice(2)])
  t.same(shown(b), [])
  await takeAll(b, [parts[1], parts[0]])
  t.same(shown(b), [text])
})

t.test('what is kept survives a restart', async t => {
  const { b, send } = await three(t)
  const [one, two, ...long] = await send('1', '2', 'x'.repeat(3000))
  await takeAll(b, [two, ...long.slice(1)])
  await b.restart()
  await takeAll(b, [long[0], one])
  t.same(shown(b), ['1', '2', 'x'.repeat(3000)])
  await b.restart()
  await takeAll(b, [one, two, ...long])
  t.equal(b.accepted.length, 3, 'and nothing comes twice')
})

t.test(
  'a message that the host had when the plugin died is shown once; where the host knows nothing of it, nobody is sure',
  async t => {
    for (const dropsRepeats of [true, false]) {
      const { b, send } = await three(t)
      b.dropsRepeats = dropsRepeats
      const [one, two] = await send('1', '2')
      await dieAtWrite(b, 2, one)
      await takeAll(b, [one, two])
      t.same(shown(b), ['1', '2'])
      t.same(outcomes(b), [dropsRepeats ? 'shown' : 'unsure', 'shown'])
    }
  },
)

t.test(
  'a message that the host may not have had when the plugin died: shown, where the host drops what comes twice',
  async t => {
    const { b, send } = await three(t)
    const [one, two] = await send('1', '2')
    await dieAtWrite(b, 1, one)
    t.same(shown(b), ['1'])
    await takeAll(b, [two])
    t.same(shown(b), ['1', '2'])
  },
)

t.test('when the host cannot be asked what it had, the message waits until it can', async t => {
  const { b, send, pass } = await three(t)
  const [one] = await send('1')
  await dieAtWrite(b, 1, one, () => void b.refusals.push(new PluginError('host-unreachable', 'Away.')))
  t.same(shown(b), [])
  await pass(minute, 1000)
  t.same(shown(b), ['1'])
})

t.test('an outcome that got lost on its way is told again as it was, also after a restart', async t => {
  const { b, send } = await three(t)
  b.refusals.push(new PluginError('recipient-unknown', 'No.'), new PluginError('bad-format', 'No.'))
  const parcels = await send('1', '2', '3')
  await takeAll(b, parcels)
  await b.restart()
  await takeAll(b, parcels)
  const wanted = ['recipient-unknown', 'refused', 'shown']
  t.same(outcomes(b), [...wanted, ...wanted])
})

/** Lets the plugin die when it writes for the so-manieth time where a conversation is, and starts it anew. */
async function dieAtWrite(
  server: DeliveringServer,
  write: number,
  parcel: Sent | undefined,
  meanwhile: () => void = () => undefined,
): Promise<void> {
  const { saveIncoming } = server.store
  let writes = 0
  server.store.saveIncoming = async (name, state) => {
    const isLast = ++writes >= write
    if (!isLast || state.showing) await saveIncoming(name, state)
    if (isLast) await new Promise(() => undefined)
  }
  void takeAll(server, [parcel])
  while (writes < write) await new Promise(resolve => setImmediate(resolve))
  server.store.saveIncoming = saveIncoming
  meanwhile()
  await server.restart()
}

t.test('a host that is away: the message waits and is shown when it is back', async t => {
  const { b, send, pass } = await three(t)
  const parcels = await send('1', '2')
  b.refusals.push(new PluginError('host-unreachable', 'Away.'), new PluginError('host-unreachable', 'Away.'))
  await takeAll(b, parcels)
  t.same(shown(b), [])
  t.notOk(outcomes(b).includes('shown'))
  await pass(minute, 1000)
  t.same(shown(b), ['1', '2'])
  t.same(outcomes(b).slice(-2), ['shown', 'shown'])
})

t.test('a sender’s server that can not be asked: the message is kept, and shown when it can', async t => {
  const { b, send, pass } = await three(t)
  const away = new PluginError('peer-unreachable', 'Away.')
  b.refusals.push(away, away, away)
  await takeAll(b, await send('1', '2'))
  t.same([shown(b), outcomes(b)], [[], ['kept', 'kept']])
  await pass(3 * minute, 1000)
  t.same(shown(b), ['1', '2'])
  t.same(outcomes(b).slice(-2), ['shown', 'shown'])
})

t.test('a sender’s server that is gone for good is not waited for for ever', async t => {
  const { b, send, pass } = await three(t)
  const away = Array.from({ length: 300 }, () => new PluginError('peer-unreachable', 'Away.'))
  await takeAll(b, await send('1', '2'))
  t.same(shown(b), ['1', '2'])
  b.refusals.push(...away)
  await takeAll(b, await send('3'))
  await pass(9 * 24 * hour, hour)
  t.same(shown(b), ['1', '2'])
  t.same(outcomes(b).at(-1), 'refused')
})

t.test('what may not be shown is refused with its outcome, and what follows is shown', async t => {
  for (const [code, outcome] of [
    ['recipient-unknown', 'recipient-unknown'],
    ['bad-format', 'refused'],
    ['sender-unknown', 'refused'],
    ['recipient-untrusted', 'refused'],
  ] as const) {
    const { b, send } = await three(t)
    b.refusals.push(new PluginError(code, 'No.'))
    await takeAll(b, await send('1', '2'))
    t.same(shown(b), ['2'], code)
    t.same(outcomes(b), [outcome, 'shown'])
  }
})

t.test('a message that its sender gave up does not hold up those behind it', async t => {
  const { a, b, send, pass } = await three(t)
  const [, two] = await send('1', '2')
  await takeAll(b, [two])
  t.same(shown(b), [])
  await pass(patience + toldWithin, 5000)
  const skip = a.sent.findLast(
    ({ contents }) =>
      contents.kind === 'deliver' &&
      parseParcel(contents.parcel).parcel.kind === 'skip' &&
      parseParcel(contents.parcel).parcel.sequence === 0,
  )
  await takeAll(b, [skip])
  t.same(shown(b), ['2'])
})

t.test('a message that its sender forgot is waited for, but not for ever', async t => {
  const { b, send, pass } = await three(t)
  const [one, , three_] = await send('1', '2', '3')
  await takeAll(b, [one, three_])
  await pass(7 * 24 * hour, 6 * hour)
  t.same(shown(b), ['1'])
  await pass(2 * 24 * hour, 6 * hour)
  t.same(shown(b), ['1', '3'])
})

t.test('a server that forgot goes on where the sender is, and misses nothing that is under way', async t => {
  const { a, b, send, pass } = await three(t)
  const first = await send('1', '2', '3')
  await takeAll(b, first)
  await takeAll(a, b.sent)
  await pass(0)
  const later = await send('4', '5')
  const { loadIncoming } = b.store
  b.store.loadIncoming = () => {
    b.store.loadIncoming = loadIncoming
    return Promise.resolve(null)
  }
  await takeAll(b, [later[1]])
  t.same(shown(b), ['1', '2', '3'], 'the fourth is under way')
  await takeAll(b, [later[0]])
  t.same(shown(b), ['1', '2', '3', '4', '5'])
})

t.test('numbers far ahead, and more than a server may keep here, are dropped', async t => {
  const { a, b, send } = await three(t)
  const [sent] = await send('1')
  if (sent?.contents.kind !== 'deliver') throw new Error('Nothing was sent.')
  const { parcel } = parseParcel(sent.contents.parcel)
  const forge = (changes: object): Promise<Buffer> =>
    encodeParcel({ ...parcel, ...changes }, text => a.identity.authority.signStatement(text))
  await b.delivery.receive(await forge({ sequence: 64 }), null)
  t.equal(b.count('parcels dropped: too many kept'), 1)
  t.same(outcomes(b), [], 'and nothing is acknowledged')
  await b.delivery.receive(await forge({ sequence: 63 }), null)
  t.same(outcomes(b), ['kept'])
})

t.test('what lies in the store tells nobody who writes to whom, nor what', async t => {
  const { b, send } = await three(t)
  const [, two] = await send('1', 'a secret text')
  await takeAll(b, [two])
  const [name] = await b.store.listIncoming()
  const parts = name ? await b.store.listParts(name, 0) : []
  t.equal(parts.length, 1)
  for (const word of [alice, bob, 'a secret text'])
    t.notOk(parts[0]?.sealed.includes(Buffer.from(word)), 'in no clear words')
})

const full = () => Promise.reject(new PluginError('queue-full', 'Full.'))

t.test('a disk that fills up while the host is away takes no message along', async t => {
  const { b, send, pass } = await three(t)
  const { saveIncoming } = b.store
  b.refusals.push(new PluginError('host-unreachable', 'Away.'))
  b.store.saveIncoming = (name, state) => (state.showing ? saveIncoming(name, state) : full())
  await t.rejects(takeAll(b, await send('hello')), { code: 'queue-full' })
  b.store.saveIncoming = saveIncoming
  await pass(minute, 1000)
  t.same(shown(b), ['hello'])
})

t.test('a message that is shown when the disk fills up is shown once, and acknowledged later', async t => {
  const { a, b, send, pass } = await three(t)
  const { saveIncoming } = b.store
  b.store.saveIncoming = (name, state) => (state.showing ? saveIncoming(name, state) : full())
  await t.rejects(takeAll(b, await send('hello')), { code: 'queue-full' })
  t.same(shown(b), ['hello'])
  b.store.saveIncoming = saveIncoming
  await pass(minute, 1000)
  t.same(shown(b), ['hello'])
  await takeAll(a, b.sent)
  await pass(0)
  t.equal(a.delivery.waiting, 0)
})

t.test('what the sender can not forget for want of room it forgets later', async t => {
  const { a, b, send, pass } = await three(t)
  const { removeOutgoing } = a.store
  a.store.removeOutgoing = full
  await takeAll(b, await send('hello'))
  await takeAll(a, b.sent)
  await pass(minute, 1000)
  t.equal((await a.store.listOutgoing()).length, 1)
  a.store.removeOutgoing = removeOutgoing
  await pass(minute, 1000)
  t.same(await a.store.listOutgoing(), [])
})
