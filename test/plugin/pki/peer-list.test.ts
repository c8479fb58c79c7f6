// Peers that come and go while the plugin runs: added and removed by an admin, met because they asked.
import t, { type Test } from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { startMemoryServers, type MemoryServer, type MemoryServersOptions } from '../../_memory-servers.js'

const root = parseUserAddress('root@a.example')

async function start(t: Test, options: Partial<MemoryServersOptions> = {}) {
  const lab = await startMemoryServers({ names: ['a', 'b'], strangers: true, ...options })
  t.teardown(() => lab.stop())
  const [a, b] = lab.servers as [MemoryServer, MemoryServer]
  const federated = (server: MemoryServer) => server.service.reachable().length === 2
  return { ...lab, a, b, both: () => federated(a) && federated(b), federated }
}

const peersOf = ({ service }: MemoryServer): Promise<string> => service.operate(['peers', 'list'])
const wrong = { code: 'command-invalid' }

t.test('two servers that add each other federate without a restart', async t => {
  const { a, b, until, both } = await start(t)
  t.equal(await peersOf(a), 'There are no peers.')
  t.match(await a.service.operate(['peers', 'add', 'B.example']), /^b\.example is a peer from now on/)
  t.match(await peersOf(a), /^b\.example \(added by an admin\): not federated now/)
  await b.service.operate(['peers', 'add', 'a.example'])
  await until(both)
  t.match(await peersOf(a), /^b\.example \(added by an admin\): federated, key [0-9A-F]{40}$/)
})

t.test('what was added is there after a restart, and what was removed is not', async t => {
  const { a, b, until, both, pass } = await start(t)
  await a.service.operate(['peers', 'add', 'b.example'])
  await b.service.operate(['peers', 'add', 'a.example'])
  await a.restart()
  await until(both)
  await a.service.operate(['peers', 'remove', 'b.example'])
  await a.restart()
  await pass(5000)
  t.equal(await peersOf(a), 'There are no peers.')
})

t.test('who is removed hears nothing more and is answered no more', async t => {
  const { a, b, until, both, federated } = await start(t, { names: ['a', 'b', 'c'] })
  await a.service.operate(['peers', 'add', 'b.example'])
  await b.service.operate(['peers', 'add', 'a.example'])
  await until(both)
  const refused = () => a.counters.snapshot()['requests of strangers refused'] ?? 0
  const before = refused()
  t.match(await a.service.operate(['peers', 'remove', 'b.example']), /^b\.example is no peer any more/)
  t.notOk(federated(a))
  const missed = ({ event, peer }: { event: string; peer?: unknown }) =>
    event === 'misses' && peer === 'a.example'
  await until(() => b.journey.some(missed))
  await b.restart()
  await until(() => refused() > before)
  t.notOk(federated(b))
})

t.test('a fingerprint that was given is the only one that is taken', async t => {
  const { a, b, until, both, pass, federated } = await start(t)
  await b.service.operate(['peers', 'add', 'a.example'])
  await a.service.operate(['peers', 'add', 'b.example', `04${'ab'.repeat(20)}`])
  await pass(5000)
  t.notOk(federated(a))
  await a.service.operate(['peers', 'add', 'b.example', b.service.fingerprint])
  await until(both)
})

t.test('what can not be is refused in words', async t => {
  const { a } = await start(t, { strangers: false })
  await t.rejects(a.service.operate(['peers', 'add', 'a.example']), {
    ...wrong,
    message: /this server itself/,
  })
  for (const command of ['add', 'remove'])
    await t.rejects(a.service.operate(['peers', command, 'b.example']), {
      ...wrong,
      message: /change it there/,
    })
  await t.rejects(a.service.operate(['peers', 'remove', 'z.example']), { ...wrong, message: /no such peer/ })
  await t.rejects(a.service.operate(['peers', 'add', 'bob@b.example']), {
    code: 'command-invalid',
    message: /^Domain: /,
  })
  await t.rejects(a.service.operate(['peers', 'add', 'z.example', 'abcd']), {
    code: 'command-invalid',
    message: /^Fingerprint: /,
  })
})

t.test('an admin does the same in chat', async t => {
  const { a } = await start(t, { admins: [root] })
  await a.say(root, null, 'peers add b.example')
  await a.say(root, null, 'peers list')
  t.match(a.shown.at(-1)?.body, /^b\.example \(added by an admin\)/)
})

t.test('with the policy "off" there are no peers, not even those of the configuration', async t => {
  const { a, pass } = await start(t, { policy: 'off', strangers: true })
  await t.rejects(a.service.operate(['peers', 'add', 'b.example']), {
    ...wrong,
    message: /federation\.policy/,
  })
  await pass(1000)
  t.equal(await peersOf(a), 'There are no peers.')
})

t.test('with the policy "open" who asks is met', async t => {
  const { a, b, until, both } = await start(t, { policy: 'open' })
  await a.service.operate(['peers', 'add', 'b.example'])
  await until(both)
  t.match(await peersOf(b), /^a\.example \(asked to federate\): federated/)
  await b.restart()
  await until(both)
})

t.test('with the policy "list" who asks is refused', async t => {
  const { a, b, pass, until } = await start(t)
  await a.service.operate(['peers', 'add', 'b.example'])
  await until(() => (a.counters.snapshot()['introductions refused'] ?? 0) > 1)
  await pass(5000)
  t.equal(await peersOf(b), 'There are no peers.')
})

t.test('who asks with another key than DNS names is not met, and nothing is kept', async t => {
  const record = `v=P3DO1; st=active; fpr=04${'ab'.repeat(20)}; id=1`
  const { a, b, until } = await start(t, { policy: 'open', dns: { '_p3do.a.example': [record] } })
  await a.service.operate(['peers', 'add', 'b.example'])
  await until(() => (b.counters.snapshot()['servers that asked not met'] ?? 0) > 1)
  t.equal(await peersOf(b), 'There are no peers.')
  t.equal(await b.store.find('server', 'a.example'), null)
})

t.test('who was removed is not met again when it asks, but when it is added', async t => {
  const { a, b, until, both, pass } = await start(t, { policy: 'open' })
  await a.service.operate(['peers', 'add', 'b.example'])
  await until(both)
  await b.service.operate(['peers', 'remove', 'a.example'])
  await a.restart()
  await pass(10_000)
  t.equal(await peersOf(b), 'There are no peers.')
  await b.service.operate(['peers', 'add', 'a.example'])
  await until(both)
})

t.test('nobody can ask for somebody else', async t => {
  const { b, network, pass } = await start(t, { policy: 'open', names: ['a', 'b', 'c'] })
  const ask = (domain: string) =>
    network
      .host('c.example' as MemoryServer['domain'])
      .peers.ask(b.host.peers.address, Buffer.concat([Buffer.of(3), Buffer.from(domain)]))
  for (const domain of ['a.example', 'b.example', 'nowhere.example', '', 'x'.repeat(300)])
    await t.rejects(ask(domain), { code: 'peer-refused' }, domain)
  await pass(5000)
  t.equal(await peersOf(b), 'There are no peers.')
})
