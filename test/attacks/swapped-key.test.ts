// Swapped key: whoever holds the component's address or the way to it shows another certificate for a known server.
import t, { type Test } from 'tap'
import { parseUserAddress } from '../../plugin/addresses.js'
import { generateUserKey } from '../../plugin/openpgp/index.js'
import { addressOf, createFederated } from '../_federated.js'

const start = Date.UTC(2026, 0, 1)

async function federated(t: Test) {
  const lab = createFederated(start)
  const [a, b] = [await lab.add('a', { peers: ['b'] }), await lab.add('b', { peers: ['a'] })]
  t.teardown(() => [a, b].forEach(server => server.stop()))
  a.federation.start()
  b.federation.start()
  await lab.pass(5000)
  return { ...lab, a, b }
}

/** Another server takes b's place with a key that it made itself, and a starts again, so that they meet at once. */
async function swapped(t: Test) {
  const lab = await federated(t)
  lab.a.stop()
  lab.b.stop()
  const a = await lab.add('a', { peers: ['b'], keyFile: lab.a.keyFile, store: lab.a.store })
  const impostor = await lab.add('b', { peers: ['a'] })
  t.teardown(() => [a, impostor].forEach(server => server.stop()))
  a.federation.start()
  impostor.federation.start()
  await lab.pass(60_000, 500)
  return { ...lab, a, impostor }
}

t.test('the swapped certificate is not taken, the known one stays, and the admin is told', async t => {
  const { a, b } = await swapped(t)
  t.same(a.peers(), [])
  t.equal((await a.store.find('server', b.domain))?.fingerprint, b.identity.fingerprint)
  t.equal(await a.directory.server(b.domain), null, 'nothing is trusted until it is clear which is right')
  t.match(a.complaints, [/suspended: .*another key/])
  t.equal(a.complaints.length, 1, 'once')
  t.ok(a.count('federation attempts failed') > 1, 'it is looked at again, in case the true one is back')
})

t.test(
  'the impostor’s requests are refused, and it can not read what is asked of the true server',
  async t => {
    const { a, b, impostor } = await swapped(t)
    t.same(impostor.peers(), [], 'it never gets as far as being countersigned')
    t.ok(a.count('requests of strangers refused') > 0)
    const peer = { domain: b.domain, fingerprint: b.identity.fingerprint, address: addressOf(b.domain) }
    impostor.federation.serve('echo', () => Promise.resolve({ read: true }))
    await t.rejects(
      a.federation.ask(peer, 'echo', {}),
      { code: 'certificate-invalid' },
      'nothing is asked any more',
    )
  },
)

t.test('a user whom the impostor certified is not taken', async t => {
  const { a, b, impostor } = await swapped(t)
  const bob = parseUserAddress('bob@b.example')
  const key = generateUserKey(bob, start).certificate
  const certified = await impostor.identity.authority.certifyUser(key.octets, bob, Buffer.alloc(32, 1))
  await t.rejects(a.directory.keepUser(b.domain, certified), { code: 'certificate-invalid' })
  await t.rejects(a.directory.user(bob), { code: 'peer-suspended' })
})

t.test('when the true server is back, all goes on as before', async t => {
  const { a, b, impostor, add, pass } = await swapped(t)
  impostor.stop()
  const again = await add('b', { peers: ['a'], keyFile: b.keyFile, store: b.store })
  t.teardown(() => again.stop())
  again.federation.start()
  await pass(3 * 60_000, 1000)
  t.same([a.peers(), again.peers()], [['b.example'], ['a.example']])
})
