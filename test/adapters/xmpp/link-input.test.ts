import t from 'tap'
import { createRig, nextChange, nextStanza, settle, settleLong } from './_rig.js'

const message = (body: string) =>
  `<message from='alice@a.example/x' to='p3do.a.example'><body>${body}</body></message>`
const nested = (depth: number) => '<a>'.repeat(depth) + '</a>'.repeat(depth)
const bodyOf = (stanza: { getChildText(name: string): string | null }) => stanza.getChildText('body')

t.test('characters that arrive in two reads stay whole', async t => {
  const { link, online } = await createRig(t)
  const stream = await online()
  stream.socket.setNoDelay(true)
  const heard = nextStanza(link)
  for (const octet of Buffer.from(message('größer 🧅 語'))) {
    stream.write(Buffer.of(octet))
    await settle()
  }
  t.equal(bodyOf(await heard), 'größer 🧅 語')
})

const broken = {
  'an unknown entity': message('&foo;'),
  'an illegal character reference': message('&#1;'),
  'an end tag that does not match': '<message><body></foo></message></message></message>',
  'text after the stream': '</stream:stream><message/>',
  'a stream error without a condition': '<stream:error/>',
}
for (const [name, text] of Object.entries(broken)) {
  t.test(`${name} costs the connection, not the process`, async t => {
    const { link, clock, server, online } = await createRig(t)
    const stream = await online()
    const offline = nextChange(link, 'offline')
    stream.write(text)
    await Promise.all([offline, stream.closed])
    t.notOk(link.online)
    clock.advance(1500)
    const second = await server.accepted()
    const heard = nextStanza(link)
    second.write(message('again'))
    t.equal(bodyOf(await heard), 'again')
  })
}

t.test('what is no XML before the stream opens leads to another try', async t => {
  const { link, clock, server } = await createRig(t)
  const started = link.start()
  const stream = await server.connection()
  await stream.until(/<stream:stream /)
  stream.write('HTTP/1.1 400 Bad Request\r\n\r\n&nbsp;<')
  await stream.closed
  clock.advance(1500)
  await Promise.all([server.accepted(), started])
  t.ok(link.online)
})

t.test('a host can not send the component elsewhere', async t => {
  const { link, clock, server, online } = await createRig(t)
  const elsewhere = await createRig(t)
  const stream = await online()
  stream.write(
    `<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>${elsewhere.server.service.slice(7)}</see-other-host></stream:error>`,
  )
  await stream.closed
  await settle()
  t.equal(elsewhere.server.connections(), 0)
  clock.advance(1500)
  await Promise.all([server.accepted(), nextChange(link, 'online')])
})

for (const [name, payload] of [
  ['too deep', nested(3000)],
  ['of too many nodes', '<a/>'.repeat(2001)],
  ['of too many attributes', `<a ${Array.from({ length: 2001 }, (_, i) => `a${String(i)}='1'`).join(' ')}/>`],
] as const) {
  t.test(`a stanza ${name} is dropped, an iq refused, and the next one heard`, async t => {
    const { link, counted, online } = await createRig(t)
    const stream = await online()
    const heard = nextStanza(link)
    stream.write(`<message from='eve@e.example' to='p3do.a.example'>${payload}</message>`)
    stream.write(`<iq type='set' id='i1' from='eve@e.example' to='p3do.a.example'>${payload}</iq>`)
    stream.write(message('next'))
    t.equal(bodyOf(await heard), 'next')
    const answer = await stream.stanza('iq')
    t.match(answer.attrs, { type: 'error', id: 'i1', to: 'eve@e.example', from: 'p3do.a.example' })
    t.ok(answer.getChild('error')?.getChild('policy-violation', 'urn:ietf:params:xml:ns:xmpp-stanzas'))
    t.equal(counted('xmpp-stanza-refused'), 2)
  })
}

t.test('a stanza of another namespace, or none at all, is dropped', async t => {
  const { link, counted, online } = await createRig(t)
  const stream = await online()
  const heard = nextStanza(link)
  stream.write(
    "<message xmlns='jabber:server' from='a.example'/><x:message xmlns:x='urn:x' from='a.example'/>",
  )
  stream.write("<message to='p3do.a.example'/><features/>" + message('next'))
  t.equal(bodyOf(await heard), 'next')
  t.equal(counted('xmpp-stanza-refused'), 4)
})

const inflated: Record<string, string> = {
  'of one text': `<body>${'&apos;'.repeat(200_000)}</body>`,
  'of a namespace at each element': `<a xmlns='${'u'.repeat(10_000)}'/>`.repeat(120),
  'of levels that each bring a namespace':
    Array.from({ length: 120 }, (_, level) => `<a xmlns='${String(level)}${'u'.repeat(10_000)}'>`).join('') +
    '</a>'.repeat(120),
}
for (const [name, payload] of Object.entries(inflated)) {
  t.test(`a stanza that is too long, ${name}, is refused, and the next one heard`, async t => {
    const { link, clock, counted, online } = await createRig(t)
    const stream = await online()
    const heard = nextStanza(link)
    stream.write(`<message from='eve@e.example' to='p3do.a.example'>${payload}</message>`)
    stream.write(`<iq type='set' id='i1' from='eve@e.example' to='p3do.a.example'>${payload}</iq>`)
    stream.write(message('next'))
    await settleLong(clock)
    t.equal(bodyOf(await heard), 'next')
    t.match((await stream.stanza('iq')).attrs, { type: 'error', id: 'i1', to: 'eve@e.example' })
    t.equal(counted('xmpp-stanza-refused'), 2)
    t.ok(link.online)
  })
}

t.test('a stanza without end costs the connection', async t => {
  const { link, online, lines } = await createRig(t, { limits: { input: 100_000, endless: 500_000 } })
  const stream = await online()
  const offline = nextChange(link, 'offline')
  stream.write("<message from='eve@e.example'><body>" + 'a'.repeat(600_000))
  await offline
  t.match(lines.at(-1)?.fields, { cause: 'stanza-too-long' })
})

t.test('a large stanza within the limit is heard whole, though it comes in many reads', async t => {
  const { link, clock, online } = await createRig(t)
  const stream = await online()
  stream.socket.setNoDelay(true)
  const heard = nextStanza(link)
  const text = message('b'.repeat(400_000))
  for (let at = 0; at < text.length; at += 4000) {
    stream.write(text.slice(at, at + 4000))
    await settle()
  }
  clock.advance(10)
  t.equal(bodyOf(await heard)?.length, 400_000)
})

t.test('stanzas that came before the host accepted are heard after all', async t => {
  const { link, server } = await createRig(t)
  const heard = nextStanza(link)
  const started = link.start()
  const stream = await server.connection()
  await stream.until(/<stream:stream /)
  stream.write(
    "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' id='x'>",
  )
  await stream.until(/<handshake>/)
  stream.write('<handshake/>' + message('early'))
  t.equal(bodyOf(await heard), 'early')
  await started
})
