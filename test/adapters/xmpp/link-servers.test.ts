// The link against a real Prosody: what the scripted host only assumes.
import t from 'tap'
import { systemRandom } from '../../../adapters/random.js'
import { createLink, type Link } from '../../../adapters/xmpp/link.js'
import { xml } from '../../../adapters/xmpp/xml.js'
import type { HostServer } from '../../lab/host-server.js'
import { startProsody } from '../../lab/prosody.js'
import { nextChange, nextStanza } from './_rig.js'
import { testFolder } from '../../_folder.js'

const address = '127.0.0.45'
const secret = 'the shared secret'
const log = { debug() {}, info() {}, warn() {}, error() {} }
const running: Link[] = []
let prosody: HostServer

function newLink(options: { domain?: string; secret?: string } = {}): Link {
  const link = createLink({
    service: `xmpp://${address}:${prosody.component.port}`,
    domain: 'p3do.a.example',
    secret,
    random: systemRandom,
    log,
    counters: { count() {} },
    ...options,
  })
  running.push(link)
  return link
}

async function online(): Promise<Link> {
  const link = newLink()
  await link.start()
  return link
}

const toSelf = (body: string) =>
  xml('message', { to: 'p3do.a.example/x', type: 'chat' }, xml('body', {}, body))

t.before(async () => {
  prosody = await startProsody({
    folder: testFolder(t),
    domain: 'a.example',
    address,
    hosts: new Map([['a.example', address]]),
    componentSecret: secret,
  })
})
t.afterEach(async () => {
  await Promise.all(running.splice(0).map(link => link.stop()))
})
t.teardown(() => prosody.stop())

t.test('it is accepted, and a ping to itself comes back through the host', async t => {
  const link = await online()
  const ping = xml('iq', { type: 'get', to: link.domain }, xml('ping', { xmlns: 'urn:xmpp:ping' }))
  await link.request(ping, 5000)
  t.ok(link.online)
})

t.test('a wrong secret and an unknown domain are refused, each with its reason', async t => {
  const refused = { name: 'PluginError', code: 'host-refused' }
  await t.rejects(newLink({ secret: 'wrong' }).start(), { ...refused, message: /secret is wrong/ })
  await t.rejects(newLink({ domain: 'p3do.c.example' }).start(), { ...refused, message: /does not know/ })
})

t.test('a component that takes the place of another ends it, with the reason', async t => {
  const first = await online()
  const refused = new Promise<Error>(resolve => first.onRefused(resolve))
  await online()
  t.match((await refused).message, /another program is connected/)
  t.notOk(first.online)
})

t.test('characters that XML forbids do not cost the stream', async t => {
  const link = await online()
  let losses = 0
  link.onOffline(() => losses++)
  for (const body of ['a\u0001b', 'a\uFFFEb', 'a\uD800b', 'a\u0000b']) {
    const heard = nextStanza(link)
    t.ok(link.send(toSelf(body)))
    t.equal((await heard).getChildText('body'), 'a\uFFFDb')
  }
  t.equal(losses, 0)
})

t.test('the largest stanza passes whole', async t => {
  const link = await online()
  const heard = nextStanza(link)
  const body = 'ü🧅'.repeat(60_000)
  t.ok(link.send(toSelf(body)))
  t.equal((await heard).getChildText('body'), body)
})

t.test('it comes back after a restart of the host, and after its sudden end', async t => {
  const link = await online()
  for (const end of [() => prosody.stop(), () => prosody.kill()]) {
    const offline = nextChange(link, 'offline')
    await Promise.all([end(), offline])
    t.equal(link.send(toSelf('lost')), false)
    const again = nextChange(link, 'online')
    await prosody.start()
    await again
    t.ok(link.online)
  }
})
