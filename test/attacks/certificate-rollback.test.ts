// Attack: whoever holds the way to a server shows what was true earlier: a replaced key, or routing keys of last month.
import t, { type Test } from 'tap'
import { parseCertificates } from '../../plugin/openpgp/index.js'
import { changeOwnKey } from '../../plugin/pki/index.js'
import { createFederated } from '../_federated.js'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

async function federated(t: Test) {
  const lab = createFederated()
  const a = await lab.add('a', { peers: ['b'], exchange: false })
  const b = await lab.add('b', { peers: ['a'], exchange: false })
  t.teardown(() => [a, b].forEach(server => server.stop()))
  for (const { federation } of [a, b]) federation.start()
  await lab.pass(5000)
  const earlier = await b.directory.presentation()
  const show = (octets: Buffer) => {
    lab.network.host(b.domain).peers.answer(() => Promise.resolve(octets))
  }
  return { ...lab, a, b, earlier, show }
}

t.test('a key that handed over to another is not taken again, and the known one stays', async t => {
  const { a, b, earlier, show, pass } = await federated(t)
  await changeOwnKey(b.identity, b.directory, b.federation)
  await pass(2 * minute, 1000)
  t.equal((await a.directory.server(b.domain))?.fingerprint, b.identity.fingerprint)
  show(earlier)
  await pass(day, minute)
  t.equal((await a.directory.server(b.domain))?.fingerprint, b.identity.fingerprint)
  t.same(a.peers(), ['b.example'], 'what is known is as good as before')
  t.ok(a.count('older certificates of peers refused') > 0)
})

t.test(
  'a certificate whose newest routing key is older than the known one is refused, and counted',
  async t => {
    const { a, b, earlier, show, pass } = await federated(t)
    await pass(8 * day, hour)
    await b.identity.renew()
    await pass(day, hour)
    const [known, ...more] = parseCertificates(await b.directory.presentation())
    t.same(more, [])
    const before = (await a.directory.server(b.domain))?.subkeys.length
    t.equal(before, known.subkeys.length, 'the new routing key is known')
    show(earlier)
    await pass(day, hour)
    t.equal((await a.directory.server(b.domain))?.subkeys.length, before, 'nothing is taken away')
    t.ok(a.count('older certificates of peers refused') > 0)
    t.same(a.peers(), ['b.example'])
  },
)
