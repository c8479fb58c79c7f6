// Ring exchange: users' certificates go to every peer, and only those of the peer's own users are kept.
import t, { type Test } from 'tap'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import {
  addUserIdSignature,
  certifyUserId,
  decodeSecretKey,
  generateUserKey,
} from '../../../plugin/openpgp/index.js'
import { createFederated, type FederatedServer } from '../../_federated.js'
import { firstUserId, primarySigner, revokedKey } from '../../_certificates.js'

const start = Date.UTC(2026, 0, 1)
const mailbox = Buffer.alloc(32, 5)

async function three(t: Test) {
  const lab = createFederated(start)
  const names = ['a', 'b', 'c']
  const servers = await Promise.all(
    names.map(name => lab.add(name, { peers: names.filter(other => other !== name) })),
  )
  t.teardown(() => servers.forEach(server => server.stop()))
  const [a, b, c] = servers as [FederatedServer, FederatedServer, FederatedServer]
  return { ...lab, a, b, c }
}

function startAll(...servers: FederatedServer[]): void {
  for (const server of servers) server.federation.start()
}

async function publish(server: FederatedServer, name: string) {
  const address = parseUserAddress(`${name}@${server.domain}`)
  const key = generateUserKey(address, start)
  await server.directory.publishUser(address, key.certificate, mailbox)
  return { address, key }
}

/** What a hostile server answers to `keys`; certificates in base64. */
function serveKeys(server: FederatedServer, answer: (after: number) => object): void {
  server.federation.serve('keys', (_, body) => Promise.resolve(answer((body as { after: number }).after)))
}

t.test('a peer’s users are known before anybody asks, and new ones within a second', async t => {
  const { a, b, c, pass } = await three(t)
  const { address: bob } = await publish(b, 'bob')
  startAll(a, b, c)
  await pass(5000)
  for (const server of [a, c])
    t.equal((await server.directory.user(bob)).userIds[0]?.userId, 'xmpp:bob@b.example')
  const { address: beth } = await publish(b, 'beth')
  await t.rejects(a.directory.user(beth), { code: 'recipient-unknown' })
  await pass(1000)
  t.ok(await a.directory.user(beth))
})

t.test('a user who is new before his server can tell a peer is told of as soon as it can', async t => {
  const { a, b, pass } = await three(t)
  b.federation.start()
  await pass(200)
  a.federation.start()
  await pass(200)
  t.same([a.peers(), b.peers()], [['b.example'], []], 'the peer has asked already, this server tries again')
  const { address: bob } = await publish(b, 'bob')
  await pass(3000)
  t.ok(await a.directory.user(bob))
})

t.test('a key that is on its way is waited for, one that does not come only for so long', async t => {
  const { a, b, c, pass } = await three(t)
  startAll(a, b, c)
  await pass(5000)
  const soon = a.directory.userSoon(parseUserAddress('bob@b.example'), 60_000)
  const never = t.rejects(a.directory.userSoon(parseUserAddress('nobody@b.example'), 60_000), {
    code: 'recipient-unknown',
  })
  await publish(b, 'bob')
  await pass(1000)
  t.ok(await soon)
  await pass(60_000, 1000)
  await never
})

/** A server whose word of new users does not reach the others. */
async function withoutWord(t: Test) {
  const lab = await three(t)
  const { a, b, c, pass } = lab
  startAll(a, b, c)
  await pass(5000)
  const asked: string[] = []
  for (const server of [b, c]) {
    const users = await server.store.list('user', server.domain, 0)
    serveKeys(server, () => {
      asked.push(server.domain)
      return {
        certificates: users.map(({ certificate }) => certificate.toString('base64')),
        cursor: 0,
        more: false,
      }
    })
  }
  return { ...lab, asked }
}

t.test('a key of which no word came is asked for, and not of its server alone', async t => {
  const { a, b, asked, network, pass } = await withoutWord(t)
  network.setReachable(b.domain, false)
  const { address: bob } = await publish(b, 'bob')
  const certificate = (await b.store.find('user', bob))?.certificate.toString('base64') ?? ''
  serveKeys(b, () => ({ certificates: [certificate], cursor: 1, more: false }))
  network.setReachable(b.domain, true)
  const soon = a.directory.userSoon(bob, 20_000)
  await pass(10_500)
  t.ok(await soon)
  t.same(asked, ['c.example'], 'the other one, too, once')
})

t.test(
  'a server that answers without the user is believed, one that does not answer is waited for',
  async t => {
    const { a, b, asked, network, pass } = await withoutWord(t)
    const nobody = parseUserAddress('nobody@b.example')
    network.setReachable(b.domain, false)
    for (let attempt = 0; attempt < 20; attempt++) {
      const never = t.rejects(a.directory.userSoon(nobody, 20_000), { code: 'peer-unreachable' })
      await pass(50_000, 1000)
      await never
    }
    t.ok(asked.length < 8, `others were asked ${String(asked.length)} times in 17 minutes`)
    network.setReachable(b.domain, true)
    await pass(30 * 60_000, 1000)
    const never = t.rejects(a.directory.userSoon(nobody, 20_000), { code: 'recipient-unknown' })
    await pass(20_000, 1000)
    await never
  },
)

t.test('a user of a server that is no peer is not waited for any longer', async t => {
  const { a, pass } = await withoutWord(t)
  for (const address of ['nobody@a.example', 'nobody@d.example']) {
    const never = t.rejects(a.directory.userSoon(parseUserAddress(address), 20_000), {
      code: 'recipient-unknown',
    })
    await pass(20_000, 1000)
    await never
  }
})

t.test(
  'others’ users, uncertified users, servers and garbage from a peer are refused one by one',
  async t => {
    const { a, b, c, pass } = await three(t)
    const { address: carol, key: carolKey } = await publish(c, 'carol')
    const { address: bob } = await publish(b, 'bob')
    const mallory = generateUserKey(parseUserAddress('mallory@b.example'), start)
    const stolenAddress = parseUserAddress('carol@c.example')
    const stolen = generateUserKey(stolenAddress, start).certificate
    const userId = firstUserId(stolen)
    // Only the holder of b's key can do that: certify somebody of another domain.
    const hostileKey = decodeSecretKey((await b.keyFile.load()) ?? Buffer.alloc(0))
    const body = certifyUserId(
      primarySigner(hostileKey),
      stolen.primary,
      userId,
      { key: mailbox, copy: null },
      start,
    )
    const published = await b.store.find('user', bob)
    const certificates = [
      carolKey.certificate.octets,
      (await c.store.find('user', carol))?.certificate ?? Buffer.alloc(0),
      addUserIdSignature(stolen, userId, body).octets,
      mallory.certificate.octets,
      b.identity.certificate.octets,
      a.identity.certificate.octets,
      Buffer.from('garbage'),
      Buffer.alloc(0),
      published?.certificate ?? Buffer.alloc(0),
    ].map(octets => octets.toString('base64'))
    serveKeys(b, after => ({ certificates: after === 0 ? certificates : [], cursor: 1, more: false }))
    startAll(a, b)
    await pass(3000)
    t.equal(a.count('certificates of peers refused'), 8)
    t.ok(await a.directory.user(bob), 'the good one among them is kept')
    t.same(
      (await a.store.list('user', null, 0)).map(({ subject }) => subject),
      ['bob@b.example'],
    )
  },
)

t.test('a question that fails is asked again soon, also when it came from word of a new user', async t => {
  const { a, b, pass } = await three(t)
  startAll(a, b)
  await pass(5000)
  const { address: bob } = await publish(b, 'bob')
  const certificate = (await b.store.find('user', bob))?.certificate.toString('base64')
  const good = { certificates: [certificate], cursor: 1, more: false }
  let asked = 0
  serveKeys(b, () => (asked++ > 0 ? good : {}))
  await pass(16_000, 100)
  t.ok(await a.directory.user(bob))
  t.equal(asked, 2)
})

t.test('an answer that breaks the format is counted, and asked for again later', async t => {
  const { a, b, pass } = await three(t)
  const { address: bob } = await publish(b, 'bob')
  const entry = await b.store.find('user', bob)
  const good = { certificates: [entry?.certificate.toString('base64')], cursor: 1, more: false }
  const broken = [
    {},
    { ...good, certificates: 'all' },
    { ...good, cursor: -1 },
    { ...good, cursor: 1.5 },
    { ...good, more: 1 },
    { ...good, extra: true },
  ]
  let asked = 0
  serveKeys(b, () => broken[asked++] ?? good)
  startAll(a, b)
  await pass(95 * 60_000, 60_000)
  t.equal(a.count('ring exchanges failed'), broken.length)
  t.ok(await a.directory.user(bob))
})

t.test('a peer that always says there is more is not asked for ever', async t => {
  const { a, b, pass } = await three(t)
  let asked = 0
  serveKeys(b, after => ({ certificates: [], cursor: after, more: asked++ >= 0 }))
  startAll(a, b)
  await pass(3000)
  t.ok(asked <= 3, `${String(asked)} times`)
})

t.test('a peer whose cursor grows for ever is asked for so many batches and no more at a time', async t => {
  const { a, b, pass } = await three(t)
  let asked = 0
  serveKeys(b, after => ({ certificates: ['AA=='], cursor: after + 1, more: asked++ < 200 }))
  startAll(a, b)
  await pass(10_000, 100)
  t.equal(asked, 64)
})

t.test('many users come in batches, each of them once', async t => {
  const { a, b, pass } = await three(t)
  const users = Array.from({ length: 40 }, (_, number) => `user${String(number)}`)
  for (const name of users) await publish(b, name)
  const lengths: number[] = []
  const entries = await b.store.list('user', parseDomain('b.example'), 0)
  serveKeys(b, after => {
    const left = entries.filter(({ changed }) => changed > after).slice(0, 15)
    lengths.push(left.length)
    const last = left.at(-1)?.changed ?? after
    return {
      certificates: left.map(({ certificate }) => certificate.toString('base64')),
      cursor: last,
      more: last !== entries.at(-1)?.changed,
    }
  })
  startAll(a, b)
  await pass(3000)
  t.same(lengths, [15, 15, 10])
  t.equal((await a.store.list('user', parseDomain('b.example'), 0)).length, 40)
})

t.test('more users than one answer holds', async t => {
  const { a, b, pass } = await three(t)
  const entry = await publish(b, 'first').then(({ address }) => b.store.find('user', address))
  const count = Math.ceil((300 * 1024) / (entry?.certificate.length ?? 500))
  for (let number = 0; number < count; number++) await publish(b, `user${String(number)}`)
  startAll(a, b)
  await pass(5000)
  t.equal((await a.store.list('user', parseDomain('b.example'), 0)).length, count + 1)
  t.equal(a.count('ring exchanges failed'), 0)
})

t.test('a revocation by the user reaches the peers and stays', async t => {
  const { a, b, pass } = await three(t)
  const { address: bob, key } = await publish(b, 'bob')
  startAll(a, b)
  await pass(5000)
  const entry = await b.store.find('user', bob)
  if (!entry) throw new Error('Published, but not there.')
  const certificate = revokedKey(key, start)
  await a.directory.keepUser(b.domain, certificate.octets).catch(() => undefined)
  await t.rejects(a.directory.user(bob), { code: 'recipient-untrusted', message: /revoked/ })
  await a.directory.keepUser(b.domain, entry.certificate).catch(() => undefined)
  await t.rejects(
    a.directory.user(bob),
    { code: 'recipient-untrusted' },
    'the old one does not bring it back',
  )
})
