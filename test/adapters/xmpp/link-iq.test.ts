import t from 'tap'
import { StanzaRefused } from '../../../adapters/xmpp/stanza-errors.js'
import { xml } from '../../../adapters/xmpp/xml.js'
import { PluginError } from '../../../plugin/errors.js'
import { caughtUp, createRig } from './_rig.js'

const stanzas = 'urn:ietf:params:xml:ns:xmpp-stanzas'
const query = () => xml('iq', { type: 'get', to: 'b.example' }, xml('query', { xmlns: 'urn:test' }))
const asked = (attributes: string, children: string) =>
  `<iq from='b.example' to='p3do.a.example' ${attributes}>${children}</iq>`

t.test('a request resolves with the answer that has its id and comes from whom it asked', async t => {
  const { link, online, counted } = await createRig(t)
  const stream = await online()
  const answer = link.request(query())
  const { id } = (await stream.stanza('iq')).attrs as { id: string }
  t.match(id, /^[0-9a-f]{32}$/)
  stream.write(`<iq type='result' id='${id}' from='eve.example' to='p3do.a.example'><forged/></iq>`)
  stream.write(`<iq type='result' id='other' from='b.example' to='p3do.a.example'/>`)
  stream.write(`<iq type='result' id='${id}' from='B.example' to='p3do.a.example'><real/></iq>`)
  t.ok((await answer).getChild('real'))
  t.equal(counted('xmpp-iq-answer-unasked'), 2)
})

t.test('an error answer is thrown with its condition', async t => {
  const { link, online } = await createRig(t)
  const stream = await online()
  for (const [error, condition] of [
    [`<error type='cancel'><item-not-found xmlns='${stanzas}'/></error>`, 'item-not-found'],
    [
      `<error type='wait'><text xmlns='${stanzas}'>no</text><conflict xmlns='${stanzas}'/></error>`,
      'conflict',
    ],
    [`<error><made-up xmlns='urn:x'/></error>`, 'undefined-condition'],
    ['', 'undefined-condition'],
  ] as const) {
    const refused = t.rejects(link.request(query()), {
      name: 'StanzaRefused',
      code: 'peer-refused',
      condition,
    })
    const { id } = (await stream.stanza('iq')).attrs as { id: string }
    stream.write(`<iq type='error' id='${id}' from='b.example' to='p3do.a.example'>${error}</iq>`)
    await refused
  }
  t.ok(new StanzaRefused('gone') instanceof PluginError)
})

t.test('a request without an answer in time is given up', async t => {
  const { link, clock, online } = await createRig(t)
  await online()
  const given = t.rejects(link.request(query(), 5000), { code: 'peer-unreachable' })
  clock.advance(5000)
  await given
})

t.test('requests that wait when the link is lost are given up at once', async t => {
  const { link, online } = await createRig(t)
  const stream = await online()
  const given = t.rejects(link.request(query()), { code: 'peer-unreachable' })
  await stream.stanza('iq')
  stream.socket.destroy()
  await given
  await t.rejects(link.request(query()), { code: 'peer-unreachable' })
})

t.test('no more than 1,024 requests wait', async t => {
  const { link, online } = await createRig(t)
  await online()
  const waiting = Array.from({ length: 1024 }, () => link.request(query()))
  await t.rejects(link.request(query()), { code: 'queue-full' })
  await link.stop()
  for (const settled of await Promise.allSettled(waiting)) t.equal(settled.status, 'rejected')
})

t.test('an iq gets the answer of its handler, by type, name and namespace', async t => {
  const { link, online } = await createRig(t)
  link.handleIq('get', 'urn:test', 'query', iq =>
    Promise.resolve(xml('reply', { to: String(iq.attrs['from']) })),
  )
  link.handleIq('set', 'urn:test', 'query', () => Promise.resolve(undefined))
  const stream = await online()
  stream.write(asked("type='get' id='1'", "<query xmlns='urn:test'/>"))
  const get = await stream.stanza('iq')
  t.match(get.attrs, { type: 'result', id: '1', from: 'p3do.a.example', to: 'b.example' })
  t.equal(get.getChild('reply')?.attrs['to'], 'b.example')
  stream.write(asked("type='set' id='2'", "<query xmlns='urn:test'/>"))
  const set = await stream.stanza('iq')
  t.match(set.attrs, { type: 'result', id: '2' })
  t.equal(set.children.length, 0)
})

const refusals = {
  'without a handler': ["type='get' id='1'", "<query xmlns='urn:other'/>", 'service-unavailable'],
  'without a child': ["type='get' id='1'", '', 'bad-request'],
  'with two children': [
    "type='get' id='1'",
    "<query xmlns='urn:test'/><query xmlns='urn:test'/>",
    'bad-request',
  ],
  'of no known type': ["type='sett' id='1'", "<query xmlns='urn:test'/>", 'bad-request'],
  'without a type': ["id='1'", "<query xmlns='urn:test'/>", 'bad-request'],
} as const
for (const [name, [attributes, children, condition]] of Object.entries(refusals)) {
  t.test(`an iq ${name} is refused with ${condition}`, async t => {
    const { link, online } = await createRig(t)
    link.handleIq('get', 'urn:test', 'query', () => Promise.resolve(undefined))
    const stream = await online()
    stream.write(asked(attributes, children))
    const answer = await stream.stanza('iq')
    t.match(answer.attrs, { type: 'error', id: '1' })
    t.ok(answer.getChild('error')?.getChild(condition, stanzas))
  })
}

t.test(
  'an error of the plugin becomes its stanza error, a bug an internal one and a line in the log',
  async t => {
    const { link, online, lines } = await createRig(t)
    let thrown: Error = new PluginError('not-a-member', 'Only members get this.')
    link.handleIq('get', 'urn:test', 'query', () => Promise.reject(thrown))
    const stream = await online()
    stream.write(asked("type='get' id='1'", "<query xmlns='urn:test'/>"))
    const refused = (await stream.stanza('iq')).getChild('error')
    t.equal(refused?.attrs['type'], 'auth')
    t.ok(refused?.getChild('forbidden', stanzas))
    t.equal(refused?.getChildText('text', stanzas), 'Only members get this.')
    t.same(lines, [])
    thrown = new TypeError('private detail')
    stream.write(asked("type='get' id='2'", "<query xmlns='urn:test'/>"))
    const failed = (await stream.stanza('iq')).getChild('error')
    t.ok(failed?.getChild('internal-server-error', stanzas))
    t.notMatch(stream.received(), /private detail/)
    t.match(lines, [{ level: 'error' }])
  },
)

t.test('no more than 256 iqs are worked on at once', async t => {
  const { link, online } = await createRig(t)
  const release: (() => void)[] = []
  link.handleIq(
    'get',
    'urn:test',
    'query',
    () => new Promise(resolve => release.push(() => resolve(undefined))),
  )
  const stream = await online()
  for (let id = 0; id <= 256; id++)
    stream.write(asked(`type='get' id='${String(id)}'`, "<query xmlns='urn:test'/>"))
  const refused = await stream.stanza('iq')
  t.equal(refused.attrs['id'], '256')
  t.ok(refused.getChild('error')?.getChild('resource-constraint', stanzas))
  for (const finish of release) finish()
  await caughtUp(stream)
  stream.write(asked("type='get' id='again'", "<query xmlns='urn:test'/>"))
  await caughtUp(stream)
  release.at(-1)?.()
  await stream.until(/id="again"/)
})

t.test('an iq without an id is dropped', async t => {
  const { link, online, counted } = await createRig(t)
  link.handleIq('get', 'urn:test', 'query', () => Promise.resolve(undefined))
  const stream = await online()
  stream.write(asked("type='get'", "<query xmlns='urn:test'/>"))
  stream.write(asked("type='get' id='2'", "<query xmlns='urn:test'/>"))
  t.equal((await stream.stanza('iq')).attrs['id'], '2')
  t.equal(counted('xmpp-stanza-refused'), 1)
})

t.test('one handler that throws does not keep a stanza from the others', async t => {
  const { link, online, lines } = await createRig(t)
  link.onStanza(() => {
    throw new Error('broken')
  })
  const heard = new Promise(resolve => link.onStanza(resolve))
  const stream = await online()
  stream.write("<presence from='b.example' to='p3do.a.example'/>")
  await heard
  t.match(lines, [{ level: 'error' }])
  t.ok(link.online)
})
