// What DNS says of a peer counts at the first contact, and never against a key that is known.
import t, { type Test } from 'tap'
import { changeOwnKey } from '../../../plugin/pki/index.js'
import { createFederated, type AddOptions } from '../../_federated.js'
import { memoryDns, silentDns } from '../../_dns.js'

const start = Date.UTC(2026, 0, 1)
const other = `04${'12'.repeat(20)}`
const name = '_p3do.b.example'
const active = (fingerprint: string): string => `v=P3DO1; st=active; fpr=${fingerprint}; id=1`

/** Two servers; `optionsOf` says how a is set up, given b's fingerprint. */
async function federated(t: Test, optionsOf: (fingerprint: string) => AddOptions) {
  const lab = createFederated(start)
  const b = await lab.add('b', { peers: ['a'] })
  const a = await lab.add('a', { peers: ['b'], ...optionsOf(b.identity.fingerprint) })
  t.teardown(() => {
    a.stop()
    b.stop()
  })
  a.federation.start()
  b.federation.start()
  await lab.pass(5000)
  return { ...lab, a, b }
}

t.test('a peer whose key DNS names as active becomes one', async t => {
  const { a } = await federated(t, own => ({ dns: memoryDns({ [name]: ['v=spf1 -all', active(own)] }) }))
  t.same(a.peers(), ['b.example'])
})

t.test('a peer whose key is another than the active one is refused, in words, and not kept', async t => {
  const { a, b } = await federated(t, () => ({ dns: memoryDns({ [name]: [active(other)] }) }))
  t.same([a.peers(), b.peers()], [[], []])
  t.equal(await a.store.find('server', b.domain), null)
  t.ok(a.count('federation attempts failed') > 0)
  t.match(a.told, [/another key than its records in DNS/])
})

t.test('several active keys and a broken record are refused too', async t => {
  for (const texts of [(own: string) => [active(own), active(other)], () => ['v=P3DO1; st=active']]) {
    const { a } = await federated(t, own => ({ dns: memoryDns({ [name]: texts(own) }) }))
    t.same(a.peers(), [])
  }
})

t.test('a pin of the admin is above DNS', async t => {
  const { a } = await federated(t, own => ({
    pins: { b: own },
    dns: memoryDns({ [name]: [active(other)] }),
  }))
  t.same(a.peers(), ['b.example'])
})

t.test('a DNS that is away does not keep a peer out, and the admin is told', async t => {
  const { a } = await federated(t, () => ({ dns: silentDns() }))
  t.same(a.peers(), ['b.example'])
  t.equal(a.count('dns look-ups failed'), 1)
  t.match(a.complaints, [/met without a look into DNS/])
})

t.test('DNS does not remove a key that is known, and the admin is told', async t => {
  const lab = await federated(t, () => ({}))
  lab.a.stop()
  const dns = memoryDns({ [name]: [active(other)] })
  const again = await lab.add('a', { peers: ['b'], keyFile: lab.a.keyFile, store: lab.a.store, dns })
  t.teardown(() => again.stop())
  again.federation.start()
  await lab.pass(5000)
  t.same(again.peers(), ['b.example'])
  t.match(again.complaints, [/DNS names another key for a peer than the known one.*nothing/])
  t.equal(again.count('dns answers doubted'), 1)
})

t.test('DNS does not let another key in for one that is known', async t => {
  const lab = await federated(t, () => ({}))
  lab.a.stop()
  lab.b.stop()
  const impostor = await lab.add('b', { peers: ['a'] })
  const dns = memoryDns({ [name]: [active(impostor.identity.fingerprint)] })
  const again = await lab.add('a', { peers: ['b'], keyFile: lab.a.keyFile, store: lab.a.store, dns })
  t.teardown(() => {
    again.stop()
    impostor.stop()
  })
  again.federation.start()
  await lab.pass(5000)
  t.same(again.peers(), [])
  t.match(again.complaints, [/another key/])
})

t.test(
  'records with wrong signatures keep a stranger out, with an alarm, and the ring as it was',
  async t => {
    const { a, b } = await federated(t, own => ({ dns: memoryDns({ [name]: [active(own)] }, 'bogus') }))
    t.same([a.peers(), b.peers()], [[], []])
    t.equal(await a.store.find('server', b.domain), null)
    t.match(a.complaints, [/wrong or missing DNSSEC signatures/])
    t.ok(a.count('dns answers doubted') > 0)
  },
)

t.test('wrong signatures take nothing from a peer that is known', async t => {
  const lab = await federated(t, () => ({}))
  lab.a.stop()
  const dns = memoryDns({ [name]: [active(lab.b.identity.fingerprint)] }, 'bogus')
  const again = await lab.add('a', { peers: ['b'], keyFile: lab.a.keyFile, store: lab.a.store, dns })
  t.teardown(() => again.stop())
  again.federation.start()
  await lab.pass(5000)
  t.same(again.peers(), ['b.example'])
  t.match(again.complaints, [/wrong or missing DNSSEC signatures/])
})

t.test('after a contact its numbers count: an older copy of the records is doubted', async t => {
  const lab = await federated(t, own => ({
    dns: memoryDns({ [name]: [active(own).replace('id=1', 'id=7')] }),
  }))
  t.same(await lab.a.store.loadDnsSeen(lab.b.domain), { secured: false, number: 7 })
  lab.a.stop()
  const dns = memoryDns({ [name]: [active(lab.b.identity.fingerprint)] })
  const again = await lab.add('a', { peers: ['b'], keyFile: lab.a.keyFile, store: lab.a.store, dns })
  t.teardown(() => again.stop())
  again.federation.start()
  await lab.pass(5000)
  t.same(again.peers(), ['b.example'])
  t.match(again.complaints, [/older than those that were there before/])
  t.same(await again.store.loadDnsSeen(lab.b.domain), { secured: false, number: 7 })
})

t.test(
  'records that lag behind a key that was handed over are no reason for an alarm; others are',
  async t => {
    const texts: Record<string, string[]> = {}
    const { a, b, pass } = await federated(
      t,
      own => ((texts[name] = [active(own)]), { dns: memoryDns(texts) }),
    )
    await changeOwnKey(b.identity, b.directory, b.federation)
    await pass(3 * 60_000, 1000)
    t.equal((await a.directory.server(b.domain))?.fingerprint, b.identity.fingerprint, 'a has followed')
    t.same([a.complaints, a.count('dns answers doubted')], [[], 0])
    t.match(a.told.at(-2), /still names the key of a peer that handed over/)
    texts[name] = [active(other)]
    a.federation.lookNow(b.domain)
    await pass(1000)
    t.equal(a.count('dns answers doubted'), 1)
  },
)
