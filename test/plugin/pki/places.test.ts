// Pointers in DNS: they lead to the plugin of a peer, and to its certificate while the peer does not answer.
import t, { type Test } from 'tap'
import { armorCertificates, decodeSecretKey } from '../../../plugin/openpgp/index.js'
import type { DnsSecurity } from '../../../plugin/ports.js'
import { addressOf, createFederated, type AddOptions, type FederatedServer } from '../../_federated.js'
import { revokedKey } from '../../_certificates.js'
import { memoryDns, memoryFetcher } from '../../_dns.js'

const place = 'hkps://keys.b.example'
const record = ({ identity }: FederatedServer, pointers: string, security: DnsSecurity = 'secure') =>
  memoryDns(
    { '_p3do.b.example': [`v=P3DO1; st=active; fpr=${identity.fingerprint}; id=1; ks=${pointers}`] },
    security,
  )

/** Server b, which does not answer, and a, which knows nothing of it but what the options say. */
async function withoutPeer(
  t: Test,
  optionsOf: (b: FederatedServer, other: FederatedServer) => AddOptions | Promise<AddOptions>,
) {
  const lab = createFederated(Date.UTC(2026, 0, 1))
  const [b, other] = [await lab.add('b'), await lab.add('b')]
  lab.network.setReachable(b.domain, false)
  const a = await lab.add('a', { peers: ['b'], ...(await optionsOf(b, other)) })
  t.teardown(() => {
    a.stop()
  })
  a.federation.start()
  await lab.pass(5000)
  const known = await a.directory.server(b.domain)
  return { a, b, known: known?.fingerprint ?? null }
}

const octetsOf = (server: FederatedServer) => server.identity.certificate.octets

t.test(
  'proven records name the key: its certificate comes from a key server, and is countersigned',
  async t => {
    for (const encode of [
      (octets: Buffer) => octets,
      (octets: Buffer) => Buffer.from(armorCertificates(octets)),
    ]) {
      const { a, b, known } = await withoutPeer(t, b => ({
        dns: record(b, `xmpp:p3do.b.example,https://away.example/key,${place}`),
        fetcher: memoryFetcher({ [place]: encode(octetsOf(b)) }),
      }))
      t.equal(known, b.identity.fingerprint)
      t.same(a.peers(), [], 'it is known, but no peer: it does not answer')
      t.equal(a.count('certificates fetched'), 1, 'and not fetched again and again')
      t.match(a.told, [/came from a place that its records in DNS name/])
    }
  },
)

t.test('so does one whose key the admin pinned, without proof', async t => {
  const { b, known } = await withoutPeer(t, b => ({
    pins: { b: b.identity.fingerprint },
    dns: record(b, place, 'insecure'),
    fetcher: memoryFetcher({ [place]: octetsOf(b) }),
  }))
  t.equal(known, b.identity.fingerprint)
})

t.test('records without proof do not stand in for the peer itself', async t => {
  const { a, b, known } = await withoutPeer(t, b => ({
    dns: record(b, place, 'insecure'),
    fetcher: memoryFetcher({ [place]: octetsOf(b) }),
  }))
  t.equal(known, null)
  t.equal(await a.store.find('server', b.domain), null)
})

const lies: [name: string, answer: (b: FederatedServer, other: FederatedServer) => Buffer | null][] = [
  ['another certificate', (_, other) => octetsOf(other)],
  ['nothing', () => null],
  ['an empty answer', () => Buffer.alloc(0)],
  ['a web page', () => Buffer.from('<html>')],
  ['half a certificate', b => octetsOf(b).subarray(0, 100)],
]

for (const [name, answer] of lies) {
  t.test(`a key server that has ${name} leaves the ring as it was`, async t => {
    const { a, b, known } = await withoutPeer(t, (b, other) => ({
      dns: record(b, place),
      fetcher: memoryFetcher({ [place]: answer(b, other) }),
    }))
    t.equal(known, null)
    t.equal(await a.store.find('server', b.domain), null)
    t.ok(a.count('certificates not fetched') > 0)
    t.equal(a.count('certificates fetched'), 0)
  })
}

t.test('a revoked certificate is not taken up from there either', async t => {
  const { a, b, known } = await withoutPeer(t, async b => {
    const key = decodeSecretKey((await b.keyFile.load()) ?? Buffer.alloc(0))
    const { octets } = revokedKey(key, Date.UTC(2026, 0, 1))
    return { dns: record(b, place), fetcher: memoryFetcher({ [place]: octets }) }
  })
  t.equal(known, null)
  t.equal(await a.store.find('server', b.domain), null)
})

/** Servers a and b that answer; a knows only b's domain, and the records say this. */
async function met(t: Test, pointers: string, security: DnsSecurity, usual = true) {
  const lab = createFederated(Date.UTC(2026, 0, 1))
  const asked: string[] = []
  const b = await lab.add('b', { peers: ['a'] })
  const a = await lab.add('a', { peers: ['b'], usual, dns: record(b, pointers, security) })
  const { ask } = a.host.peers
  a.host.peers.ask = (peer, request) => {
    asked.push(peer)
    return ask(peer, request)
  }
  t.teardown(() => [a, b].forEach(server => server.stop()))
  a.federation.start()
  b.federation.start()
  await lab.pass(5000)
  return { a, asked: [...new Set(asked)] }
}

t.test('the plugin of a domain is where its records say', async t => {
  t.same((await met(t, 'xmpp:onion.b.example', 'insecure')).asked, ['onion.b.example'])
  t.same((await met(t, 'xmpp:b.example', 'insecure')).asked, ['b.example'])
  t.same((await met(t, 'xmpp:p3do.hosting.example', 'secure')).asked, ['p3do.hosting.example'])
})

t.test(
  'it is at the usual place where records do not say, or say an outside place without proof',
  async t => {
    const usual = addressOf('b.example')
    t.same((await met(t, place, 'secure')).asked, [usual])
    t.same((await met(t, 'xmpp:p3do.hosting.example', 'insecure')).asked, [usual])
    t.same((await met(t, 'xmpp:notb.example', 'insecure')).asked, [usual])
  },
)

t.test("the admin's word is above the records", async t => {
  const { a, asked } = await met(t, 'xmpp:onion.b.example', 'secure', false)
  t.same(asked, [addressOf('b.example')])
  t.same(a.peers(), ['b.example'])
})
