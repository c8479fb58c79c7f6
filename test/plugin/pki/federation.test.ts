// Federation: who is answered and who is not, what a peer may say, and what happens while it can not be reached.
import t, { type Test } from 'tap'
import {
  decodeServerKeys,
  encodeServerKeys,
  forgetRoutingKeys,
  generateServerKey,
  generateUserKey,
  parseCertificate,
} from '../../../plugin/openpgp/index.js'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import { issuerKeyIdOf } from '../../../plugin/openpgp/signature.js'
import { wrapRequest } from '../../../plugin/pki/requests.js'
import type { Domain } from '../../../plugin/ports.js'
import { createFederated, addressOf, memoryKeyFile, type FederatedServer } from '../../_federated.js'
import { createVirtualClock } from '../../_virtual-clock.js'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

async function two(t: Test, pins: Record<string, string> = {}) {
  const lab = createFederated()
  const a = await lab.add('a', { peers: ['b'], pins })
  const b = await lab.add('b', { peers: ['a'] })
  t.teardown(() => [a, b].forEach(server => server.stop()))
  return { ...lab, a, b }
}

async function federated(t: Test) {
  const servers = await two(t)
  servers.a.federation.start()
  servers.b.federation.start()
  await servers.pass(5000)
  return servers
}

/** Asks as a certain component, past everything that the own federation would check. */
function rawAsk(from: FederatedServer, to: Domain, octets: Uint8Array): Promise<Uint8Array> {
  return from.host.peers.ask(addressOf(to), octets)
}

async function request(
  from: FederatedServer,
  to: FederatedServer,
  name: string,
  body: object,
  clock = createVirtualClock(),
) {
  const { identity } = from
  const receiver = { domain: to.domain, certificate: to.identity.certificate }
  const { octets, readAnswer } = await wrapRequest(identity, clock, receiver, name, body)
  return { octets: Buffer.concat([Buffer.of(2), octets]), readAnswer }
}

t.test('two that name each other countersign each other and answer', async t => {
  const { a, b } = await federated(t)
  t.same([a.peers(), b.peers()], [['b.example'], ['a.example']])
  b.federation.serve('echo', (peer, body) => Promise.resolve({ from: peer.domain, body }))
  const [peer] = a.federation.peers()
  if (!peer) throw new Error('Not federated.')
  t.same(await a.federation.ask(peer, 'echo', { word: 'hello' }), {
    from: 'a.example',
    body: { word: 'hello' },
  })
  t.equal((await b.directory.server(a.domain))?.fingerprint, a.identity.fingerprint)
})

t.test('each keeps the other’s countersignature on its own certificate', async t => {
  const { a, b } = await federated(t)
  const own = await a.store.find('server', a.domain)
  const signatures = parseCertificate(own?.certificate ?? Buffer.alloc(0)).userIds[0]?.signatures ?? []
  const issuers = signatures.map(issuerKeyIdOf)
  t.ok(issuers.includes(b.identity.certificate.primary.keyId))
})

t.test('a server that lost its routing keys tells its peers to look, and is a peer again', async t => {
  const { a, b, add, pass } = await federated(t)
  a.stop()
  const lost = encodeServerKeys(
    decodeServerKeys((await a.keyFile.load()) ?? Buffer.alloc(0)).map(forgetRoutingKeys),
  )
  await a.keyFile.save(lost)
  await pass(minute, 1000)
  const again = await add('a', { peers: ['b'], keyFile: a.keyFile, store: a.store })
  t.teardown(() => {
    again.stop()
  })
  again.federation.start()
  await pass(3 * minute, 1000)
  again.federation.serve('echo', () => Promise.resolve({ word: 'hello' }))
  const [peer] = b.federation.peers()
  t.same(again.peers(), ['b.example'])
  t.same(peer && (await b.federation.ask(peer, 'echo', {})), { word: 'hello' })
})

t.test('who is not countersigned gets a plain refusal, which is counted', async t => {
  const { a, b } = await two(t)
  const { octets } = await request(b, a, 'contexts', {})
  await t.rejects(rawAsk(b, a.domain, octets), {
    code: 'peer-refused',
    message: 'The peer refused the request.',
  })
  t.equal(a.count('requests of strangers refused'), 1)
})

t.test('everybody may ask for the certificate, and for nothing else', async t => {
  const lab = createFederated()
  const [a, stranger] = [await lab.add('a'), await lab.add('x')]
  const certificate = parseCertificate(Buffer.from(await rawAsk(stranger, a.domain, Buffer.of(1))))
  t.equal(certificate.fingerprint, a.identity.fingerprint)
  for (const octets of [Buffer.alloc(0), Buffer.of(0), Buffer.of(3), Buffer.of(1, 1), Buffer.alloc(5000, 2)])
    await t.rejects(rawAsk(stranger, a.domain, octets), { code: 'peer-refused' })
  t.equal(a.count('requests of strangers refused'), 5)
})

t.test(
  'a federated peer that breaks the format is refused, which is counted, and goes on being answered',
  async t => {
    const { a, b, clock } = await federated(t)
    const { octets } = await request(b, a, 'unknown', {}, clock)
    const broken = [
      Buffer.of(2),
      Buffer.alloc(2000, 2),
      octets.subarray(0, -1),
      Buffer.concat([octets, octets]),
    ]
    const flipped = Buffer.from(octets)
    flipped[400] = (flipped[400] ?? 0) ^ 1
    for (const bad of [...broken, flipped, octets])
      await t.rejects(rawAsk(b, a.domain, bad), { code: 'peer-refused' })
    t.equal(a.count('requests of peers refused'), 6)
    a.federation.serve('unknown', () => Promise.resolve({ known: true }))
    const fine = await request(b, a, 'unknown', {}, clock)
    t.same(await fine.readAnswer(Buffer.from(await rawAsk(b, a.domain, fine.octets))), { known: true })
  },
)

t.test('a body that a request does not have is refused', async t => {
  const { a, b, clock } = await federated(t)
  const bodies = [
    { name: 'countersigned', body: {} },
    { name: 'told', body: { topic: 'other' } },
    { name: 'keys', body: { after: -1 } },
  ]
  for (const { name, body } of bodies) {
    const { octets } = await request(b, a, name, body, clock)
    await t.rejects(rawAsk(b, a.domain, octets), { code: 'peer-refused' }, name)
  }
})

t.test('a statement that is spoofed, for another, or not of now is refused', async t => {
  const lab = createFederated()
  const servers = await Promise.all(
    ['a', 'b', 'c'].map(name => lab.add(name, { peers: ['a', 'b', 'c'].filter(other => other !== name) })),
  )
  const [a, b, c] = servers as [FederatedServer, FederatedServer, FederatedServer]
  t.teardown(() => servers.forEach(server => server.stop()))
  for (const server of servers) server.federation.start()
  await lab.pass(hour, minute)
  a.federation.serve('echo', () => Promise.resolve({}))
  const good = await request(b, a, 'echo', {}, lab.clock)
  await t.rejects(
    rawAsk(c, a.domain, good.octets),
    { code: 'peer-refused' },
    'another’s, passed on as the own',
  )
  const asB = { ...c, identity: { ...c.identity, domain: b.domain, authority: c.identity.authority } }
  const spoofed = await request(asB, a, 'echo', {}, lab.clock)
  await t.rejects(rawAsk(b, a.domain, spoofed.octets), { code: 'peer-refused' }, 'signed by another')
  const otherTo = { ...a, domain: c.domain }
  const elsewhere = await request(b, otherTo, 'echo', {}, lab.clock)
  await t.rejects(rawAsk(b, a.domain, elsewhere.octets), { code: 'peer-refused' }, 'for another')
  for (const wrong of [-11 * minute, 11 * minute]) {
    const late = await request(b, a, 'echo', {}, createVirtualClock(lab.clock.now() + wrong))
    await t.rejects(
      rawAsk(b, a.domain, late.octets),
      { code: 'peer-refused' },
      `${String(wrong / minute)} minutes`,
    )
  }
  t.same(
    await good.readAnswer(Buffer.from(await rawAsk(b, a.domain, good.octets))),
    {},
    'the true one is answered',
  )
})

t.test('an answer to another question is not taken', async t => {
  const { a, b, clock } = await federated(t)
  b.federation.serve('echo', (_, body) => Promise.resolve({ body }))
  const [one, other] = [
    await request(a, b, 'echo', { number: 1 }, clock),
    await request(a, b, 'echo', { number: 2 }, clock),
  ]
  const answer = Buffer.from(await rawAsk(a, b.domain, one.octets))
  await t.rejects(other.readAnswer(answer), { code: 'bad-format' })
  t.same(await one.readAnswer(answer), { body: { number: 1 } })
  await t.rejects(
    one.readAnswer(one.octets.subarray(1)),
    { code: 'bad-format' },
    'the own request, sent back',
  )
})

t.test('an answer that is too long, or no answer at all, is refused', async t => {
  const { a, b, clock } = await federated(t)
  const { readAnswer } = await request(a, b, 'echo', {}, clock)
  for (const octets of [Buffer.alloc(0), Buffer.alloc(300_000), Buffer.alloc(262_144, 0xc1)])
    await t.rejects(readAnswer(octets), { code: 'bad-format' }, `${String(octets.length)} octets`)
  b.federation.serve('long', () => Promise.resolve({ text: 'x'.repeat(262_144) }))
  const [peer] = a.federation.peers()
  if (!peer) throw new Error('Not federated.')
  await t.rejects(a.federation.ask(peer, 'long', {}), { code: 'peer-refused' })
})

t.test('a pinned key that the peer does not show: no federation, and a log line says why', async t => {
  const { a, b, pass } = await two(t, { b: `04${'0'.repeat(40)}` })
  a.federation.start()
  b.federation.start()
  await pass(5000)
  t.same([a.peers(), b.peers()], [[], []])
  t.equal(await a.directory.server(b.domain), null)
  t.match(a.complaints, [/suspended: .*pins/])
  t.ok(a.count('federation attempts failed') > 1)
})

t.test('a peer that shows the certificate of another domain is not countersigned', async t => {
  const { a, b, network, pass } = await two(t)
  const other = generateServerKey(parseDomain('c.example'), Date.UTC(2026, 0, 1)).certificate
  network.host(b.domain).peers.answer(() => Promise.resolve(other.octets))
  a.federation.start()
  await pass(5000)
  t.same(a.peers(), [])
  t.equal(await a.store.find('server', b.domain), null)
})

t.test('garbage for a certificate is a failed attempt like any other', async t => {
  const { a, b, network, pass } = await two(t)
  for (const octets of [Buffer.alloc(0), Buffer.alloc(262_144, 0x99), Buffer.from('<html>')]) {
    network.host(b.domain).peers.answer(() => Promise.resolve(octets))
    a.federation.start()
    await pass(1000)
  }
  t.same(a.peers(), [])
  t.ok(a.count('federation attempts failed') >= 3)
})

t.test('a peer that can not be reached is asked less and less often, and at last federated with', async t => {
  const { a, b, network, pass, clock } = await two(t)
  const attempts: number[] = []
  network.setReachable(b.domain, false)
  a.federation.start()
  b.federation.start()
  for (let at = 0; at < 10 * minute; at += 1000) {
    const before = a.count('federation attempts failed')
    await pass(1000, 1000)
    if (a.count('federation attempts failed') > before) attempts.push(clock.now())
  }
  const gaps = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0))
  t.ok(gaps.length >= 8 && gaps.length < 25, `${String(gaps.length)} attempts in ten minutes`)
  t.ok(Math.max(...gaps) <= 91_000 && Math.max(...gaps.slice(0, 2)) < 5000)
  network.setReachable(b.domain, true)
  await pass(4 * minute, 1000)
  t.same([a.peers(), b.peers()], [['b.example'], ['a.example']])
})

t.test(
  'once stopped, it connects with nobody and leaves no timer, also when stopped while it was asking',
  async t => {
    const { a, b, pass, clock } = await two(t)
    a.federation.start()
    for (const server of [a, b]) server.stop()
    await pass(2 * minute, 1000)
    t.equal(clock.waiting, 0)
    t.same(b.peers(), [])
  },
)

t.test('routing keys that a peer renewed are taken up, and its countersignature stays', async t => {
  const lab = createFederated()
  const a = await lab.add('a', { peers: ['b'], exchange: false })
  const b = await lab.add('b', { peers: ['a'], exchange: false })
  t.teardown(() => [a, b].forEach(server => server.stop()))
  for (const { federation } of [a, b]) federation.start()
  await lab.pass(5000)
  const before = (await a.directory.server(b.domain))?.subkeys.length ?? 0
  await lab.pass(8 * day, 6 * hour)
  for (const { identity } of [a, b]) await identity.renew()
  await lab.pass(day, hour)
  t.equal((await a.directory.server(b.domain))?.subkeys.length, before + 1)
  t.same(a.peers(), ['b.example'])
})

t.test('a user’s key is no server’s, a server’s none of a user', async t => {
  const { a, b, network, pass } = await two(t)
  const user = generateUserKey(parseUserAddress('bob@b.example'), Date.UTC(2026, 0, 1)).certificate
  network.host(b.domain).peers.answer(() => Promise.resolve(user.octets))
  a.federation.start()
  await pass(3000)
  t.equal(await a.directory.server(b.domain), null)
  await t.rejects(a.directory.keepUser(b.domain, b.identity.certificate.octets), {
    code: 'certificate-invalid',
  })
})

t.test('the same key file makes the same server again, and it is known at once', async t => {
  const lab = createFederated()
  const keyFile = memoryKeyFile()
  const first = await lab.add('a', { peers: ['b'], keyFile })
  const b = await lab.add('b', { peers: ['a'] })
  first.federation.start()
  b.federation.start()
  await lab.pass(5000)
  first.stop()
  const again = await lab.add('a', { peers: ['b'], keyFile, store: first.store })
  t.teardown(() => [again, b].forEach(server => server.stop()))
  t.equal(again.identity.fingerprint, first.identity.fingerprint)
  t.equal((await again.directory.server(b.domain))?.fingerprint, b.identity.fingerprint)
  again.federation.start()
  await lab.pass(5000)
  t.same(again.peers(), ['b.example'])
})
