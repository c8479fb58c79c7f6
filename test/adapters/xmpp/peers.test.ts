import t from 'tap'
import { createPeers } from '../../../adapters/xmpp/peers.js'
import { PluginError } from '../../../plugin/errors.js'
import type { PeerAddress } from '../../../plugin/ports.js'
import { createRig, settleLong } from './_rig.js'

const stanzas = 'urn:ietf:params:xml:ns:xmpp-stanzas'
const peer = 'p3do.b.example' as PeerAddress

type RigTest = Parameters<typeof createRig>[0]

async function createPeerRig(t: RigTest) {
  const rig = await createRig(t)
  const peers = createPeers({ link: rig.link, counters: { count: rig.count } })
  return { ...rig, peers, stream: await rig.online() }
}

const request = (from: string, text: string, to = 'p3do.a.example') =>
  `<iq type='set' id='1' from='${from}' to='${to}'><request xmlns='urn:p3do:0'>${text}</request></iq>`
const answerTo = (id: unknown, children: string, type = 'result') =>
  `<iq type='${type}' id='${String(id)}' from='${peer}' to='p3do.a.example'>${children}</iq>`

t.test('octets go out in base64 and octets come back', async t => {
  const { peers, stream } = await createPeerRig(t)
  t.equal(peers.address, 'p3do.a.example')
  const asked = peers.ask(peer, Buffer.from([0, 1, 255]))
  const iq = await stream.stanza('iq')
  t.match(iq.attrs, { type: 'set', to: peer, from: 'p3do.a.example' })
  t.equal(iq.getChildText('request', 'urn:p3do:0'), 'AAH/')
  stream.write(answerTo(iq.attrs['id'], "<answer xmlns='urn:p3do:0'>/wEA</answer>"))
  t.same(await asked, Buffer.from([255, 1, 0]))
})

t.test('262,144 octets fit either way, one more does not', async t => {
  const { peers, stream, clock } = await createPeerRig(t)
  const most = Buffer.alloc(262_144, 7)
  peers.answer((_, octets) => Promise.resolve(octets))
  const asked = peers.ask(peer, most)
  const text = (await stream.stanza('iq')).getChildText('request', 'urn:p3do:0') ?? ''
  stream.write(request(peer, text))
  await settleLong(clock)
  const answer = await stream.stanza('iq')
  t.equal(answer.getChildText('answer', 'urn:p3do:0'), text)
  await t.rejects(peers.ask(peer, Buffer.alloc(262_145)), { code: 'internal' })
  stream.write(request(peer, Buffer.alloc(262_145, 7).toString('base64')))
  await settleLong(clock)
  const refused = await stream.stanza('iq')
  t.ok(refused.getChild('error')?.getChild('bad-request', stanzas))
  stream.socket.destroy()
  await t.rejects(asked, { code: 'peer-unreachable' })
})

t.test('a request is answered by the handler, who learns the peer', async t => {
  const { peers, stream } = await createPeerRig(t)
  peers.answer((from, octets) => Promise.resolve(Buffer.from(`${from} ${String(octets.length)}`)))
  stream.write(request(peer, 'AAH/'))
  const answer = await stream.stanza('iq')
  t.match(answer.attrs, { type: 'result', id: '1', to: peer, from: 'p3do.a.example' })
  t.equal(Buffer.from(answer.getChildText('answer', 'urn:p3do:0') ?? '', 'base64').toString(), `${peer} 3`)
})

const refused: Record<string, readonly [stanza: string, condition: string]> = {
  'from a user': [request('eve@b.example', 'AAH/'), 'forbidden'],
  'from a resource': [request('p3do.b.example/x', 'AAH/'), 'forbidden'],
  'to a user of the component': [request(peer, 'AAH/', 'bob@p3do.a.example'), 'not-allowed'],
  'with unpadded base64': [request(peer, 'AAE'), 'bad-request'],
  'with bits beyond the last octet': [request(peer, 'AAF='), 'bad-request'],
  'with url-safe base64': [request(peer, 'AAH_'), 'bad-request'],
  'with white space': [request(peer, 'AAH/\n'), 'bad-request'],
}
for (const [name, [stanza, condition]] of Object.entries(refused)) {
  t.test(`a request ${name} is refused and counted`, async t => {
    const { peers, stream, counted } = await createPeerRig(t)
    peers.answer(() => Promise.reject(new Error('must not be called')))
    stream.write(stanza)
    const answer = await stream.stanza('iq')
    t.match(answer.attrs, { type: 'error', id: '1' })
    t.ok(answer.getChild('error')?.getChild(condition, stanzas))
    t.equal(counted('peer-request-refused'), 1)
  })
}

t.test('a request before anybody answers is refused', async t => {
  const { stream } = await createPeerRig(t)
  stream.write(request(peer, 'AAH/'))
  t.ok((await stream.stanza('iq')).getChild('error')?.getChild('not-allowed', stanzas))
})

t.test('the reason of a refusal stays here', async t => {
  const { peers, stream } = await createPeerRig(t)
  peers.answer(() => Promise.reject(new PluginError('not-a-member', 'a telling reason')))
  stream.write(request(peer, 'AAH/'))
  const answer = await stream.stanza('iq')
  t.ok(answer.getChild('error')?.getChild('not-allowed', stanzas))
  t.notMatch(answer.toString(), /telling/)
})

t.test('a bug in the handler is an internal error and a line in the log', async t => {
  const { peers, stream, lines } = await createPeerRig(t)
  peers.answer(() => Promise.reject(new TypeError('detail')))
  stream.write(request(peer, 'AAH/'))
  t.ok((await stream.stanza('iq')).getChild('error')?.getChild('internal-server-error', stanzas))
  t.match(lines, [{ level: 'error' }])
})

const error = (condition: string) => `<error type='cancel'><${condition} xmlns='${stanzas}'/></error>`
for (const [condition, code] of [
  ['not-allowed', 'peer-refused'],
  ['internal-server-error', 'peer-refused'],
  ['service-unavailable', 'peer-unreachable'],
  ['remote-server-not-found', 'peer-unreachable'],
  ['remote-server-timeout', 'peer-unreachable'],
]) {
  t.test(`an answer of ${String(condition)} is ${String(code)}`, async t => {
    const { peers, stream } = await createPeerRig(t)
    const rejected = t.rejects(peers.ask(peer, Buffer.of(1)), { code })
    stream.write(answerTo((await stream.stanza('iq')).attrs['id'], error(String(condition)), 'error'))
    await rejected
  })
}

for (const [name, children] of Object.entries({
  empty: '',
  'of another namespace': "<answer xmlns='urn:x'>AAH/</answer>",
  'in broken base64': "<answer xmlns='urn:p3do:0'>AAH</answer>",
})) {
  t.test(`an answer ${name} is refused`, async t => {
    const { peers, stream, counted } = await createPeerRig(t)
    const rejected = t.rejects(peers.ask(peer, Buffer.of(1)), { code: 'peer-refused' })
    stream.write(answerTo((await stream.stanza('iq')).attrs['id'], children))
    await rejected
    t.equal(counted('peer-answer-refused'), 1)
  })
}
