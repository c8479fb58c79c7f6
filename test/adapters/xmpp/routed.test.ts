// Between the plugin and the module of its host: what users write to contacts' own addresses, and what they are shown from there.
import t from 'tap'
import { createUsers } from '../../../adapters/xmpp/users.js'
import { createRouting } from '../../../adapters/xmpp/routing.js'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import { PluginError } from '../../../plugin/errors.js'
import { parseFingerprint } from '../../../plugin/fingerprint.js'
import type { ChatMessage, Mark } from '../../../plugin/ports.js'
import { createRig } from './_rig.js'
import type { ScriptedStream } from './_scripted-server.js'

const stanzas = 'urn:ietf:params:xml:ns:xmpp-stanzas'
const route = 'urn:p3do:route:0'
const alice = parseUserAddress('alice@a.example')
const bob = parseUserAddress('bob@b.example')

async function createRoutedRig(t: Parameters<typeof createRig>[0]) {
  const rig = await createRig(t)
  const shared = { link: rig.link, hostDomain: 'a.example' }
  const users = createUsers({
    ...shared,
    random: { octets: length => Buffer.alloc(length, 1), below: () => 0, exponential: () => 0 },
    log: rig.log,
    counters: { count: rig.count },
  })
  const [taken, marks] = [[] as ChatMessage[], [] as Mark[]]
  users.receive(message => Promise.resolve(void taken.push(message)))
  users.receiveMarks(mark => Promise.resolve(void marks.push(mark)))
  return { ...rig, users, taken, marks, routing: createRouting(shared), stream: await rig.online() }
}

/** What the module hands over; resolves with its answer. */
async function handOver(stream: ScriptedStream, children: string, changes: Record<string, string> = {}) {
  const { by = 'a.example', from = 'alice@a.example/phone', to = 'bob@b.example', type = 'chat' } = changes
  const message = `<message xmlns='jabber:client' from='${from}' to='${to}' type='${type}' id='m1'>${children}</message>`
  const forwarded = `<forwarded xmlns='urn:xmpp:forward:0'>${message}</forwarded>`
  stream.write(
    `<iq type='set' id='o1' from='${by}' to='p3do.a.example'><route xmlns='${route}' dir='out'>${forwarded}</route></iq>`,
  )
  return stream.stanza('iq')
}

/** What the module is asked, and its answer to that: done, or a condition. */
async function answer(stream: ScriptedStream, condition?: string) {
  const asked = await stream.stanza('iq')
  const error =
    condition === undefined ? '' : `<error type='cancel'><${condition} xmlns='${stanzas}'/></error>`
  stream.write(
    `<iq type='${error === '' ? 'result' : 'error'}' id='${String(asked.attrs['id'])}' from='a.example' to='p3do.a.example'>${error}</iq>`,
  )
  return asked
}

t.test('what is handed over is taken as written to the contact himself, at any of his devices', async t => {
  const { stream, taken, marks } = await createRoutedRig(t)
  const correction = "<replace xmlns='urn:xmpp:message-correct:0' id='m0'/>"
  t.equal((await handOver(stream, `<body>one</body>${correction}`)).attrs['type'], 'result')
  t.equal((await handOver(stream, '<body>two</body>', { to: 'bob@b.example/x' })).attrs['type'], 'result')
  t.same(taken, [
    { user: alice, contact: bob, body: 'one', id: 'm1', replaces: 'm0', transparent: true },
    { user: alice, contact: bob, body: 'two', id: 'm1', transparent: true },
  ])
  await handOver(stream, "<received xmlns='urn:xmpp:receipts' id='x1'/>")
  t.same(marks, [{ user: alice, contact: bob, id: 'x1', kinds: ['receipt'] }])
})

t.test('typing notifications are dropped, whoever hands them over', async t => {
  const { stream, taken } = await createRoutedRig(t)
  const typing = "<composing xmlns='http://jabber.org/protocol/chatstates'/><thread>x</thread>"
  t.equal((await handOver(stream, typing)).attrs['type'], 'result')
  t.same(taken, [])
})

const omemo = "<encryption xmlns='urn:xmpp:eme:0' namespace='eu.siacs.conversations.axolotl'/>"
const refused: Record<string, readonly [string, Record<string, string>, string]> = {
  'a user of another server': ['<body>x</body>', { from: 'eve@b.example/x' }, 'bad-request'],
  'a room’s message': ['<body>x</body>', { type: 'groupchat' }, 'bad-request'],
  'an error': ['<body>x</body>', { type: 'error' }, 'bad-request'],
  'a server as contact': ['<body>x</body>', { to: 'b.example' }, 'bad-request'],
  'a user who says that he is the module': ['<body>x</body>', { by: 'alice@a.example/phone' }, 'forbidden'],
  'another server': ['<body>x</body>', { by: 'b.example' }, 'forbidden'],
  'a reaction': ["<reactions xmlns='urn:xmpp:reactions:0' id='m0'/>", {}, 'bad-request'],
  'what another method encrypted': [`<body>no OMEMO here</body>${omemo}`, {}, 'not-acceptable'],
}
for (const [name, [children, changes, condition]] of Object.entries(refused)) {
  t.test(`${name} is refused, and nothing is taken`, async t => {
    const { stream, taken, lines } = await createRoutedRig(t)
    const error = (await handOver(stream, children, changes)).getChild('error')
    t.ok(error?.getChild(condition, stanzas))
    t.same(taken, [])
    t.same(lines, [])
  })
}

t.test('what the plugin refuses, the module hears', async t => {
  const { stream, users } = await createRoutedRig(t)
  users.receive(() => Promise.reject(new PluginError('recipient-unknown', 'No key.')))
  const error = (await handOver(stream, '<body>x</body>')).getChild('error')
  t.ok(error?.getChild('item-not-found', stanzas))
  t.equal(error?.getChildText('text', stanzas), 'No key.')
})

t.test('a contact is shown at his own address, once, in the namespace of clients', async t => {
  const { stream, users } = await createRoutedRig(t)
  const shown = {
    user: alice,
    contact: bob,
    body: 'hi',
    id: 'm7',
    replaces: 'm6',
    once: 'name-1',
    transparent: true,
  }
  const delivered = users.deliver(shown)
  const asked = await answer(stream)
  t.match(asked.attrs, { type: 'set', to: 'a.example' })
  const parent = asked.getChild('route', route)
  t.match(parent?.attrs, { dir: 'in', once: 'name-1' })
  const message = parent?.getChild('forwarded', 'urn:xmpp:forward:0')?.getChild('message', 'jabber:client')
  t.match(message?.attrs, { type: 'chat', id: 'm7', from: bob, to: alice })
  t.equal(message?.getChildText('body', 'jabber:client'), 'hi')
  t.equal(message?.getChild('replace', 'urn:xmpp:message-correct:0')?.attrs['id'], 'm6')
  await delivered
})

t.test('where the host does not allow his own address, he is shown at the one of the plugin', async t => {
  const { stream, users } = await createRoutedRig(t)
  const delivered = users.deliver({ user: alice, contact: bob, body: 'hi', once: 'n', transparent: true })
  await answer(stream, 'not-allowed')
  t.match((await answer(stream)).toString(), 'from="bob\\40b.example@p3do.a.example"')
  await delivered
})

t.test('a user who is not there is unknown; a host that does not answer may have it later', async t => {
  const { stream, users } = await createRoutedRig(t)
  const unknown = t.rejects(users.deliver({ user: alice, contact: bob, body: 'hi', once: 'n' }), {
    code: 'recipient-unknown',
  })
  await answer(stream, 'item-not-found')
  await unknown
  const later = t.rejects(users.deliver({ user: alice, contact: bob, body: 'hi', once: 'n' }), {
    code: 'host-unreachable',
  })
  await answer(stream, 'internal-server-error')
  await later
})

t.test('rules are given as a whole; a host may have no module for them, or no such account', async t => {
  const { stream, routing } = await createRoutedRig(t)
  const rules = [
    { scope: bob, routed: true },
    { scope: parseDomain('c.example'), routed: false },
    { scope: 'everyone', routed: true },
  ] as const
  const kept = routing.setRules(alice, rules)
  const asked = (await answer(stream)).getChild('route', route)
  t.match(asked?.attrs, { dir: 'set', user: alice })
  t.same(
    asked?.getChildren('item').map(({ attrs }) => attrs),
    [
      { jid: bob, routed: 'true' },
      { jid: 'c.example', routed: 'false' },
      { jid: '*', routed: 'true' },
    ],
  )
  t.equal(await kept, 'kept')
  for (const [condition, outcome] of [
    ['service-unavailable', 'unsupported'],
    ['forbidden', 'unsupported'],
    ['item-not-found', 'unknown'],
  ] as const) {
    const told = routing.setRules(alice, [])
    await answer(stream, condition)
    t.equal(await told, outcome)
  }
  const failed = t.rejects(routing.setRules(alice, []), { code: 'host-unreachable' })
  await answer(stream, 'internal-server-error')
  await failed
})

t.test('the key of a contact is told to the module, and to nobody else under its name', async t => {
  const { stream, users } = await createRoutedRig(t)
  const fingerprint = parseFingerprint(`04${'ab'.repeat(20)}`)
  const asked: unknown[] = []
  users.showKeys(contact => {
    asked.push(contact)
    return Promise.resolve({ fingerprint, certificate: Buffer.from('a key'), changed: 0 })
  })
  const question = (by: string) =>
    `<iq type='get' id='k1' from='${by}' to='p3do.a.example'><route xmlns='${route}' dir='keys' contact='bob@b.example'>` +
    "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:openpgp:0:public-keys'/></pubsub></route></iq>"
  stream.write(question('a.example'))
  t.match((await stream.stanza('iq')).toString(), `v4-fingerprint="${'AB'.repeat(20)}"`)
  stream.write(question('alice@a.example/phone'))
  t.ok((await stream.stanza('iq')).getChild('error')?.getChild('forbidden', stanzas))
  t.same(asked, [bob])
})
