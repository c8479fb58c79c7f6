import t from 'tap'
import { createUsers } from '../../../adapters/xmpp/users.js'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { PluginError } from '../../../plugin/errors.js'
import { parseFingerprint } from '../../../plugin/fingerprint.js'
import type { ChatMessage } from '../../../plugin/ports.js'
import { caughtUp, createRig, settleLong } from './_rig.js'
import type { ScriptedStream } from './_scripted-server.js'

const stanzas = 'urn:ietf:params:xml:ns:xmpp-stanzas'
const alice = parseUserAddress('alice@a.example')
const bob = parseUserAddress('bob@b.example')
const bobHere = 'bob\\40b.example@p3do.a.example'

type RigTest = Parameters<typeof createRig>[0]

async function createUserRig(t: RigTest) {
  const rig = await createRig(t)
  const users = createUsers({
    link: rig.link,
    hostDomain: 'a.example',
    random: { octets: length => Buffer.alloc(length, 1), below: () => 0, exponential: () => 0 },
    log: rig.log,
    counters: { count: rig.count },
  })
  const taken: ChatMessage[] = []
  users.receive(message => {
    taken.push(message)
    return Promise.resolve()
  })
  return { ...rig, users, taken, stream: await rig.online() }
}

interface Parts {
  from?: string
  to?: string
  type?: string
  children?: string
}

function message({
  from = 'alice@a.example/phone',
  to = bobHere,
  type = "type='chat'",
  children,
}: Parts): string {
  return `<message from='${from}' to='${to}' id='m1' ${type}>${children ?? '<body>hello</body>'}</message>`
}

t.test('a local user writes to a contact, or to the plugin itself', async t => {
  const { stream, taken } = await createUserRig(t)
  stream.write(message({}) + message({ type: '' }) + message({ type: "type='normal'", to: bobHere + '/x' }))
  for (const to of ['p3do.a.example', 'p3do@p3do.a.example/x']) {
    stream.write(message({ to, children: '<body>help &amp; more</body>' }))
  }
  await caughtUp(stream)
  t.same(taken, [
    { user: alice, contact: bob, body: 'hello', id: 'm1' },
    { user: alice, contact: bob, body: 'hello', id: 'm1' },
    { user: alice, contact: bob, body: 'hello', id: 'm1' },
    { user: alice, contact: null, body: 'help & more', id: 'm1' },
    { user: alice, contact: null, body: 'help & more', id: 'm1' },
  ])
  t.notMatch(stream.received(), /<message/)
})

const ignored = {
  'an error': { type: "type='error'" },
  'a headline': { type: "type='headline'" },
  'a groupchat message': { type: "type='groupchat'" },
  'a typing notification': { children: "<composing xmlns='http://jabber.org/protocol/chatstates'/>" },
  'an empty body': { children: '<body/>' },
  'a body of another namespace': { children: "<body xmlns='http://www.w3.org/1999/xhtml'>x</body>" },
  'what the host itself says': { from: 'a.example' },
  'what a stranger writes to nobody': { from: 'eve@b.example/x', to: 'nobody@p3do.a.example' },
  'what a room tells a bot': { from: 'room@conference.a.example/nick', to: 'listener@p3do.a.example' },
}
for (const [name, parts] of Object.entries(ignored)) {
  t.test(`${name} is left alone and not answered`, async t => {
    const { stream, taken, counted } = await createUserRig(t)
    stream.write(message(parts) + message({ children: '<body>after</body>' }))
    await caughtUp(stream)
    t.same(
      taken.map(({ body }) => body),
      ['after'],
    )
    t.notMatch(stream.received(), /<message/)
    // What is for the bots is counted where rooms are.
    const dropped = counted('user-message-dropped') + counted('user-message-without-body')
    t.equal(dropped, name.endsWith('a bot') ? 0 : 1)
  })
}

const refused: Record<string, readonly [Parts, string, RegExp]> = {
  'from another server': [{ from: 'eve@b.example/x' }, 'forbidden', /Only users of this server/],
  'from a subdomain': [{ from: 'eve@x.a.example/x' }, 'forbidden', /Only users of this server/],
  'to nobody': [{ to: 'nobody@p3do.a.example' }, 'item-not-found', /write to an address like/],
  'too long': [
    { children: `<body>${'x'.repeat(65_537)}</body>` },
    'policy-violation',
    /at most 65,536 characters/,
  ],
}
for (const [name, [parts, condition, text]] of Object.entries(refused)) {
  t.test(`a message ${name} comes back with ${condition} and what to do`, async t => {
    const { stream, taken, counted, clock } = await createUserRig(t)
    stream.write(message(parts))
    await settleLong(clock)
    const error = await stream.stanza('message')
    t.match(error.attrs, { type: 'error', id: 'm1' })
    t.equal(error.attrs['to'], parts.from ?? 'alice@a.example/phone')
    t.equal(error.attrs['from'], parts.to ?? bobHere)
    t.ok(error.getChild('error')?.getChild(condition, stanzas))
    t.match(error.getChild('error')?.getChildText('text', stanzas), text)
    t.same(taken, [])
    t.equal(counted('user-message-refused'), 1)
  })
}

t.test('a body of 65,536 characters is taken', async t => {
  const { stream, taken, clock } = await createUserRig(t)
  stream.write(message({ children: `<body>${'x'.repeat(65_536)}</body>` }))
  await settleLong(clock)
  await caughtUp(stream)
  t.equal(taken[0]?.body.length, 65_536)
})

t.test('what the handler throws comes back as its stanza error', async t => {
  const { stream, users, lines } = await createUserRig(t)
  let thrown: Error = new PluginError('recipient-untrusted', 'Ask for a certificate.')
  users.receive(() => Promise.reject(thrown))
  stream.write(message({}))
  const error = (await stream.stanza('message')).getChild('error')
  t.ok(error?.getChild('not-allowed', stanzas))
  t.equal(error?.getChildText('text', stanzas), 'Ask for a certificate.')
  t.same(lines, [])
  thrown = new TypeError('detail')
  stream.write(message({}))
  t.ok((await stream.stanza('message')).getChild('error')?.getChild('internal-server-error', stanzas))
  t.match(lines, [{ level: 'error' }])
})

t.test('no more than 256 messages are worked on at once', async t => {
  const { stream, users } = await createUserRig(t)
  users.receive(() => new Promise(() => undefined))
  for (let count = 0; count <= 256; count++) stream.write(message({}))
  const error = (await stream.stanza('message')).getChild('error')
  t.equal(error?.attrs['type'], 'wait')
  t.ok(error?.getChild('policy-violation', stanzas))
})

/** The host has worked through everything: it brings our ping back. */
async function comesBack(stream: ScriptedStream): Promise<void> {
  let { attrs } = await stream.stanza('iq')
  while (attrs['type'] !== 'get') ({ attrs } = await stream.stanza('iq'))
  stream.write(`<iq type='result' id='${String(attrs['id'])}' from='p3do.a.example' to='p3do.a.example'/>`)
}

t.test('a delivered message comes from the contact, or from the plugin itself', async t => {
  const { stream, users } = await createUserRig(t)
  const delivered = users.deliver({ user: alice, contact: bob, body: 'h\u0000i <&>' })
  const fromBob = await stream.stanza('message')
  t.match(fromBob.attrs, { type: 'chat', from: bobHere, to: alice, id: /^(01){16}$/ })
  t.equal(fromBob.getChildText('body'), 'h\uFFFDi <&>')
  await comesBack(stream)
  await delivered
  const again = users.deliver({ user: alice, contact: null, body: 'help', id: 'm7' })
  t.match((await stream.stanza('message')).attrs, { from: 'p3do@p3do.a.example', id: 'm7' })
  await comesBack(stream)
  await again
})

t.test(
  'a user talks as a pseudonym by the address that he writes to, and is shown answers from there',
  async t => {
    const { stream, users, taken } = await createUserRig(t)
    const [here, fox] = ['bob\\40b.example+fox@p3do.a.example', parseUserAddress('fox@p3do.a.example')]
    stream.write(message({ to: here }))
    await caughtUp(stream)
    t.same(taken, [{ user: alice, contact: bob, as: fox, body: 'hello', id: 'm1' }])
    const done = users.deliver({ user: alice, contact: bob, as: fox, body: 'hello fox' })
    t.match((await stream.stanza('message')).attrs, { from: here, to: alice })
    await comesBack(stream)
    await done
  },
)

t.test('marks of a pseudonym are told as from it', async t => {
  const { stream, users } = await createUserRig(t)
  const marks: object[] = []
  users.receiveMarks(mark => Promise.resolve(void marks.push(mark)))
  const [here, fox] = ['bob\\40b.example+fox@p3do.a.example', parseUserAddress('fox@p3do.a.example')]
  stream.write(message({ to: here, children: "<received xmlns='urn:xmpp:receipts' id='b1'/>" }))
  await caughtUp(stream)
  t.same(marks, [{ user: alice, contact: bob, as: fox, id: 'b1', kinds: ['receipt'] }])
  const done = users.mark({ user: alice, contact: bob, as: fox, id: 'm1', kinds: ['receipt'] })
  t.match((await stream.stanza('message')).attrs, { from: here, to: alice })
  await comesBack(stream)
  await done
})

t.test('it is delivered when the host has it, and not when the link goes before that', async t => {
  const { stream, users, link, counted } = await createUserRig(t)
  let done = false
  const delivered = users.deliver({ user: alice, contact: bob, body: 'hi' }).then(() => (done = true))
  await stream.stanza('message')
  await caughtUp(stream)
  t.equal(done, false)
  const refused = t.rejects(delivered, { code: 'host-unreachable' })
  await link.stop()
  await refused
  await t.rejects(users.deliver({ user: alice, contact: null, body: 'lost' }), { code: 'host-unreachable' })
  t.equal(counted('user-message-lost'), 1)
})

t.test('messages that are delivered at once are asked about once', async t => {
  const { stream, users } = await createUserRig(t)
  const all = ['1', '2', '3'].map(body => users.deliver({ user: alice, contact: bob, body }))
  await comesBack(stream)
  await Promise.all(all)
  t.equal(stream.received().match(/<ping/g)?.length, 1)
})

/** The host has no module: it knows no such request. */
async function refusesModule(stream: ScriptedStream): Promise<void> {
  const { attrs } = await stream.stanza('iq')
  const error = `<error type='cancel'><service-unavailable xmlns='${stanzas}'/></error>`
  stream.write(
    `<iq type='error' id='${String(attrs['id'])}' from='a.example' to='p3do.a.example'>${error}</iq>`,
  )
}

t.test('a message that does not arrive comes back to its sender as an error under its own id', async t => {
  const { stream, users, counted } = await createUserRig(t)
  const reason = new PluginError('not-acknowledged', 'Nobody answers.')
  const told = users.fail({ user: alice, contact: bob, id: 'm9' }, reason)
  await stream.stanza('message') // what the module is asked to tell
  await refusesModule(stream)
  const failed = await stream.stanza('message')
  t.match(failed.attrs, { type: 'error', id: 'm9', from: bobHere, to: alice })
  t.ok(failed.getChild('error')?.getChild('remote-server-timeout', stanzas))
  t.equal(failed.getChild('error')?.getChildText('text', stanzas), 'Nobody answers.')
  await comesBack(stream)
  await told
  t.equal(counted('user-message-failed'), 1)
})

const sealedText = Buffer.from('an OpenPGP message').toString('base64')
const sealedStanza = (body: string) =>
  message({ children: `<openpgp xmlns='urn:xmpp:openpgp:0'>${sealedText}</openpgp>${body}` })

t.test('what a client encrypted is taken as it is, with or without words beside it', async t => {
  const { stream, taken } = await createUserRig(t)
  stream.write(sealedStanza('<body>This is encrypted.</body>') + sealedStanza(''))
  await caughtUp(stream)
  const sealed = Buffer.from('an OpenPGP message')
  t.same(taken, [
    { user: alice, contact: bob, body: 'This is encrypted.', id: 'm1', sealed },
    { user: alice, contact: bob, body: '', id: 'm1', sealed },
  ])
})

t.test('an encrypted message that is empty or too long comes back', async t => {
  const { stream, taken, clock } = await createUserRig(t)
  for (const text of ['', Buffer.alloc(196_609).toString('base64'), 'A'.repeat(300_000)]) {
    stream.write(message({ children: `<openpgp xmlns='urn:xmpp:openpgp:0'>${text}</openpgp><body>x</body>` }))
    await settleLong(clock)
    const error = (await stream.stanza('message')).getChild('error')
    t.ok(error?.getChild('policy-violation', stanzas))
  }
  t.same(taken, [])
})

t.test(
  'an encrypted message is delivered as clients send it, with words for those that can not open it',
  async t => {
    const { stream, users } = await createUserRig(t)
    const delivered = users.deliver({
      user: alice,
      contact: bob,
      body: 'not for you',
      sealed: Buffer.from('an OpenPGP message'),
    })
    const stanza = await stream.stanza('message')
    t.equal(stanza.getChildText('openpgp', 'urn:xmpp:openpgp:0'), sealedText)
    t.equal(stanza.getChild('encryption', 'urn:xmpp:eme:0')?.attrs['namespace'], 'urn:xmpp:openpgp:0')
    t.equal(stanza.getChildText('body'), 'not for you')
    await comesBack(stream)
    await delivered
  },
)

const digits = 'AB'.repeat(20)
const question = (node: string, { from = 'alice@a.example/phone', to = bobHere } = {}) =>
  `<iq type='get' id='k1' from='${from}' to='${to}'><pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='${node}' max_items='1'/></pubsub></iq>`

t.test('a client finds the key of a contact at the address that it writes to', async t => {
  const { stream, users } = await createUserRig(t)
  const asked: unknown[] = []
  users.showKeys(contact => {
    asked.push(contact)
    const fingerprint = parseFingerprint(`04${digits}`)
    return Promise.resolve({ fingerprint, certificate: Buffer.from('a key'), changed: Date.UTC(2026, 0, 1) })
  })
  stream.write(question('urn:xmpp:openpgp:0:public-keys'))
  const list = (await stream.stanza('iq')).toString()
  t.match(list, `v4-fingerprint="${digits}"`)
  t.match(list, 'date="2026-01-01T00:00:00Z"')
  stream.write(question(`urn:xmpp:openpgp:0:public-keys:${digits}`, { to: 'p3do@p3do.a.example' }))
  t.match((await stream.stanza('iq')).toString(), `<data>${Buffer.from('a key').toString('base64')}</data>`)
  t.same(asked, [bob, null])
})

t.test('a stranger, another node, another key and an unknown contact get no key', async t => {
  const { stream, users } = await createUserRig(t)
  const list = 'urn:xmpp:openpgp:0:public-keys'
  const fingerprint = parseFingerprint(`04${digits}`)
  users.showKeys(contact => {
    if (contact !== bob) return Promise.reject(new PluginError('recipient-unknown', 'No key.'))
    return Promise.resolve({ fingerprint, certificate: Buffer.from('a key'), changed: 0 })
  })
  const questions = [
    question(list, { from: 'eve@b.example/x' }),
    question('urn:xmpp:avatar:metadata'),
    question(`${list}:${'CD'.repeat(20)}`),
    question(`${list}:${digits}00`),
    question(list, { to: 'anna\\40b.example@p3do.a.example' }),
    question(list, { to: 'nobody@p3do.a.example' }),
  ]
  for (const asked of questions) {
    stream.write(asked)
    t.ok((await stream.stanza('iq')).getChild('error')?.getChild('item-not-found', stanzas), asked)
  }
})

const [receipts, markers] = ['urn:xmpp:receipts', 'urn:xmpp:chat-markers:0']

t.test('what a client asks to be told is taken with its message, and asked of the other', async t => {
  const { stream, taken, users } = await createUserRig(t)
  const asks = `<request xmlns='${receipts}'/><markable xmlns='${markers}'/>`
  stream.write(message({ children: `<body>one</body>${asks}` }))
  await caughtUp(stream)
  t.same(taken, [{ user: alice, contact: bob, body: 'one', id: 'm1', asks: ['receipt', 'markers'] }])
  const delivered = users.deliver({ user: alice, contact: bob, body: 'two', asks: ['receipt', 'markers'] })
  const shown = await stream.stanza('message')
  t.ok(shown.getChild('request', receipts) && shown.getChild('markable', markers))
  await comesBack(stream)
  await delivered
})

t.test(
  'receipts and markers are taken as marks and never as text; others’ and nonsense are dropped',
  async t => {
    const { stream, taken, users } = await createUserRig(t)
    const marks: unknown[] = []
    users.receiveMarks(mark => Promise.resolve(void marks.push(mark)))
    const received = `<received xmlns='${receipts}' id='x1'/>`
    stream.write(message({ children: `${received}<received xmlns='${markers}' id='x1'/>` }))
    stream.write(message({ children: `<displayed xmlns='${markers}' id='x2'/>` }))
    stream.write(message({ children: `<received xmlns='${receipts}'/>` }))
    stream.write(message({ children: received, to: 'p3do@p3do.a.example' }))
    stream.write(message({ children: received, from: 'eve@b.example/x' }))
    stream.write(message({ children: received, type: "type='error'" }))
    await caughtUp(stream)
    t.same(marks, [
      { user: alice, contact: bob, id: 'x1', kinds: ['receipt', 'received'] },
      { user: alice, contact: bob, id: 'x2', kinds: ['displayed'] },
    ])
    t.same(taken, [])
    t.notMatch(stream.received(), /<message/)
  },
)

t.test('a mark is told as clients tell it, without a body', async t => {
  const { stream, users } = await createUserRig(t)
  const told = users.mark({ user: alice, contact: bob, id: 'm1', kinds: ['receipt', 'displayed'] })
  const stanza = await stream.stanza('message')
  t.match(stanza.attrs, { type: 'chat', from: bobHere, to: alice })
  t.equal(stanza.getChild('received', receipts)?.attrs['id'], 'm1')
  t.equal(stanza.getChild('displayed', markers)?.attrs['id'], 'm1')
  t.notOk(stanza.getChild('body') ?? stanza.getChild('acknowledged', markers))
  await comesBack(stream)
  await told
})
