import t from 'tap'
import { xml } from '../../../adapters/xmpp/xml.js'
import { createRig, nextChange, settle } from './_rig.js'

const message = (body: string, attributes = {}) =>
  xml('message', { to: 'alice@a.example', type: 'chat', ...attributes }, xml('body', {}, body))

t.test('nothing is sent before it is online or after it stopped, and nothing throws', async t => {
  const { link, online, counted } = await createRig(t)
  t.equal(link.send(message('too early')), false)
  const stream = await online()
  await link.stop()
  t.equal(link.send(message('too late')), false)
  await stream.closed
  t.notMatch(stream.received(), /too (early|late)/)
  t.equal(counted('xmpp-send-offline'), 2)
})

t.test('what XML can not carry becomes U+FFFD', async t => {
  const { link, online } = await createRig(t)
  const stream = await online()
  t.ok(link.send(message('a\u0001b\uFFFEc\uD800d\tä🧅', { id: 'x\u0000y' })))
  const sent = await stream.stanza('message')
  t.equal(sent.getChildText('body'), 'a\uFFFDb\uFFFDc\uFFFDd\tä🧅')
  t.equal(sent.attrs['id'], 'x\uFFFDy')
  t.equal(sent.attrs['from'], 'p3do.a.example')
})

const deep = (depth: number) => {
  const top = message('deep')
  let inner = top
  for (let level = 0; level < depth; level++) inner = inner.c('a')
  return top
}

const poison = {
  'larger than the host takes': message('ä'.repeat(200_000)),
  'from a foreign domain': message('x', { from: 'alice@a.example' }),
  'from a domain that only ends alike': message('x', { from: 'x@evil-p3do.a.example' }),
  'with our domain in the resource of a foreign one': message('x', { from: 'evil.example/x@p3do.a.example' }),
  'to nobody': xml('message', {}, xml('body', {}, 'x')),
  'no stanza': xml('stream:error', { to: 'a.example' }),
  'of a foreign namespace': message('x', { xmlns: 'jabber:client' }),
  'too deep': deep(5000),
  'with a broken element name': xml('message', { to: 'a.example' }, xml('a><b', {})),
  'with a broken attribute name': xml('message', { to: 'a.example', 'a="" b': 'c' }),
}
for (const [name, stanza] of Object.entries(poison)) {
  t.test(`a stanza ${name} is not written`, async t => {
    const { link, online } = await createRig(t)
    const stream = await online()
    t.equal(link.send(stanza), false)
    t.ok(link.send(message('after')))
    await stream.stanza('message')
    t.match(stream.received(), /<\/handshake><message [^>]*><body>after<\/body><\/message>$/)
  })
}

t.test('any address of the own domain may speak', async t => {
  const { link, online } = await createRig(t)
  const stream = await online()
  t.ok(link.send(message('x', { from: 'speaker@p3do.a.example/x@y' })))
  t.equal((await stream.stanza('message')).attrs['from'], 'speaker@p3do.a.example/x@y')
})

t.test('a host that does not read fills the buffer to its bound, and no further', async t => {
  const { link, online, counted } = await createRig(t, { limits: { waiting: 500_000 } })
  const stream = await online()
  stream.socket.pause()
  let taken = 0
  while (taken < 1000 && link.send(message('x'.repeat(100_000)))) {
    taken++
    await settle()
  }
  t.ok(taken < 1000, 'the link says no')
  t.equal(counted('xmpp-send-full'), 1)
  stream.socket.resume()
  for (let message = 0; message < taken; message++) await stream.stanza('message')
  t.ok(link.send(message('room again')))
})

t.test('a stanza over which the host closed the stream is not sent again', async t => {
  const { link, clock, server, online } = await createRig(t)
  const stream = await online()
  link.send(message('poison'))
  await stream.stanza('message')
  link.send(message('right behind it'))
  const offline = nextChange(link, 'offline')
  stream.write(
    "<stream:error><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>",
  )
  await offline
  const again = nextChange(link, 'online')
  clock.advance(1500)
  const second = await server.accepted()
  await again
  link.send(message('fresh'))
  t.equal((await second.stanza('message')).getChildText('body'), 'fresh')
  t.notMatch(second.received(), /poison|right behind it/)
})
