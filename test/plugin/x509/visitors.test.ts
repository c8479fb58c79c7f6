// Whom a client certificate lets in at a server that its home's server is away from, and every way of not being let in.
import { X509Certificate, randomBytes } from 'node:crypto'
import forge from 'node-forge'
import t, { type Test } from 'tap'
import { parseDomain } from '../../../plugin/addresses.js'
import { encodeKeyRecord } from '../../../plugin/dns/record.js'
import { armorCertificates } from '../../../plugin/openpgp/index.js'
import { makeX509Authority } from '../../../plugin/x509/certificates.js'
import { day, hour, revokedKey } from '../../_certificates.js'
import { memoryDns, memoryFetcher } from '../../_dns.js'
import { anyCertificate, certificateIn, startVisited, usual, type Wanted } from '../../_visiting.js'

async function open(t: Test, place?: Visited) {
  const { stop, ...visited } = place ?? (await startVisited())
  if (!place) t.teardown(stop)
  const authority = await visited.authority()
  const now = visited.clock.now()
  const make = (wanted: Partial<Wanted> = {}, by = authority): Buffer =>
    anyCertificate(by, { begins: now - hour, ends: now + 90 * day, ...wanted })
  return { ...visited, authority, now, make }
}

type Visited = Awaited<ReturnType<typeof startVisited>>

// For tests that change nothing there.
const shared = await startVisited()
t.teardown(shared.stop)
const issuer = forge.pki.certificateFromPem((await shared.authority()).certificate)

t.test('whom his server certified is let in while that is away, until the list ends', async t => {
  const { make, verify, network, alice, key, now, pass } = await open(t)
  network.setReachable(parseDomain('a.example'), false)
  await pass(60_000)
  const visitor = await verify(make())
  t.match(visitor, { user: alice, fingerprint: key.certificate.fingerprint })
  t.ok(Math.abs(visitor.until - now - 7 * day) < hour, 'as long as the list of revoked ones holds')
  const short = await verify(make({ ends: now + day }))
  t.equal(short.until, Math.floor((now + day) / 1000) * 1000, 'or as the certificate itself')
})

async function openAway(t: Test) {
  const [texts, files]: [Record<string, string[]>, Record<string, Buffer>] = [{}, {}]
  const place = await startVisited({
    hasAuthority: false,
    dns: memoryDns(texts),
    fetcher: memoryFetcher({}, files),
  })
  t.teardown(place.stop)
  const { home, visited, network, x509, pass } = place
  network.setReachable(home.domain, false)
  await x509.authority()
  const pointers = ['hkps://keys.a.example']
  const { fingerprint } = home.identity
  const record = { id: 1, fingerprint, state: 'active', pointers, expires: null, x509: null } as const
  texts['_p3do.a.example'] = [encodeKeyRecord(record)]
  const [pem, statement, list] = [
    await x509.certificate(),
    await x509.statement(),
    await x509.revocationList(),
  ]
  if (!pem || !statement || !list) throw new Error('It was made.')
  const authority = new X509Certificate(pem).raw
  const show = async (file: string, octets: Buffer): Promise<void> => {
    files[`hkps://keys.a.example/x509/${file}`] = octets
    visited.federation.lookNow(home.domain)
    await pass(5000)
  }
  const { text, signature } = statement
  Object.assign(files, {
    'hkps://keys.a.example/x509/statement.txt': text,
    'hkps://keys.a.example/x509/statement.sig': signature,
    'hkps://keys.a.example/x509/authority.cer': authority,
  })
  const known = () => visited.store.loadX509Peer(home.domain)
  return { ...(await open(t, place)), show, known, list }
}

t.test('where his server was away before its authority was known, its key server tells it', async t => {
  const { show, known, list, make, verify, alice } = await openAway(t)
  t.equal(await known(), null)
  await show('authority.crl', list)
  t.match(await verify(make()), { user: alice })
})

t.test('what a key server has is taken as from the server itself: bound, signed, and whole', async t => {
  const { show, known, list, pass, visited } = await openAway(t)
  await show('authority.crl', list.subarray(0, -1))
  t.equal(await known(), null)
  t.equal(visited.count('x509 authorities not fetched'), 1)
  await show('authority.crl', list)
  t.equal(await known(), null, 'it is asked once in an hour')
  await pass(3_600_000, 10_000)
  await show('authority.crl', list)
  t.ok(await known())
})

t.test('a question whose answer is of no use is asked again soon, and then ever more rarely', async t => {
  const { home, visited, pass } = await open(t)
  let asked = 0
  home.federation.serve('x509', () => {
    asked++
    return Promise.resolve({ authority: 'alone' })
  })
  home.federation.tell('x509', home.federation.peers())
  await pass(20_000, 100)
  t.ok(asked > 1)
  await pass(hour, 1000)
  t.ok(asked < 20, String(asked))
  t.equal(visited.count('x509 authorities not fetched'), asked)
})

t.test('the file that the home server gives its user has one', async t => {
  const { x509, verify, alice } = await open(t)
  const { file, passphrase } = await x509.issue(alice)
  t.match(await verify(certificateIn(file, passphrase)), { user: alice })
})

t.test('it must be of now', async t => {
  const { make, refusal, now } = await open(t, shared)
  t.equal(await refusal(make({ ends: now - 1000 })), 'ended')
  t.equal(await refusal(make({ begins: now + hour })), 'not-yet')
})

t.test('it must say one address, and one of another server', async t => {
  const { make, refusal } = await open(t, shared)
  t.equal(await refusal(make({ addresses: [] })), 'no-address')
  t.equal(await refusal(make({ addresses: ['alice@a.example', 'bob@a.example'] })), 'several-addresses')
  t.equal(await refusal(make({ addresses: ['carol@c.example'] })), 'own-user')
  t.equal(await refusal(make({ addresses: ['bob@b.example'] })), 'home-untrusted')
  t.equal(await refusal(make({ addresses: ['bob@a.example'] })), 'key-unknown')
})

t.test('it must be of the authority that the home server named', async t => {
  const { make, refusal, now } = await open(t, shared)
  const other = await makeX509Authority(parseDomain('a.example'), now)
  t.equal(await refusal(make({}, other)), 'other-authority')
})

t.test('an authority that is on no statement is none, whatever its certificate says', async t => {
  const { make, refusal, visited, authority, now } = await open(t)
  const other = await makeX509Authority(parseDomain('a.example'), now)
  const peer = await visited.store.loadX509Peer(parseDomain('a.example'))
  if (!peer) throw new Error('It is not known.')
  t.equal(await refusal(make({}, authority)), null)
  await visited.store.saveX509Peer({ ...peer, authority: new X509Certificate(other.certificate).raw })
  t.equal(await refusal(make({}, other)), 'statement-invalid')
})

t.test('it must be for logging in, and for nothing that is not understood', async t => {
  const { make, refusal, ...place } = await open(t, shared)
  const alice = usual([place.alice], issuer)
  const instead = (...given: (typeof alice)[number][]) => {
    const rest = alice.filter(({ name }) => !given.some(other => other['name'] === name))
    return refusal(make({ extensions: [...rest, ...given] }))
  }
  t.equal(await instead(), null)
  t.equal(await instead({ name: 'extKeyUsage', serverAuth: true }), 'not-for-clients')
  t.equal(await instead({ name: 'keyUsage', keyEncipherment: true }), 'not-for-clients')
  const signs = { name: 'keyUsage', digitalSignature: true, keyCertSign: true }
  t.equal(await instead({ name: 'basicConstraints', cA: true }, signs), 'not-for-clients')
  const unknown = { id: '1.2.3.4', value: '\x05\0' }
  t.equal(await instead(unknown), null)
  t.equal(await instead({ ...unknown, critical: true }), 'not-for-clients')
})

t.test('one that was revoked is refused as soon as the home server has told it', async t => {
  const { make, refusal, x509, pass } = await open(t)
  const serial = '40aabb'
  const certificate = make({ serial })
  t.equal(await refusal(certificate), null)
  await x509.revoke(serial, 'key-compromise')
  await pass(5000)
  t.equal(await refusal(certificate), 'revoked')
  t.equal(await refusal(make()), null)
})

t.test('it stays refused when nobody knows any more which ones are', async t => {
  const { make, refusal, x509, pass, network, clock } = await open(t)
  await x509.revoke('40aabb', 'key-compromise')
  await pass(5000)
  network.setReachable(parseDomain('a.example'), false)
  clock.advance(8 * day)
  await pass(1000)
  t.equal(await refusal(make({ serial: '40aabb' })), 'revoked')
  t.equal(await refusal(make()), 'list-ended')
})

t.test('a list that is not the authority’s is none', async t => {
  const { make, refusal, visited } = await open(t)
  const peer = await visited.store.loadX509Peer(parseDomain('a.example'))
  if (!peer) throw new Error('It is not known.')
  for (const at of [12, peer.list.length >> 1, peer.list.length - 1]) {
    const list = Buffer.from(peer.list)
    list[at] = (list[at] ?? 0) ^ 1
    await visited.store.saveX509Peer({ ...peer, list })
    t.equal(await refusal(make()), 'list-invalid')
  }
})

t.test('whose OpenPGP key was revoked is not let in', async t => {
  const { make, refusal, visited, key, alice, clock } = await open(t)
  const entry = await visited.store.find('user', alice)
  if (!entry) throw new Error('The key is not on the ring.')
  await visited.directory.amend(entry, revokedKey(key, clock.now()).octets)
  t.equal(await refusal(make()), 'key-revoked')
})

t.test('whose home server takes back what it certified is not let in', async t => {
  const { make, refusal, home, alice, pass } = await open(t)
  await home.directory.revokeUser(alice)
  await pass(5000)
  t.equal(await refusal(make()), 'key-untrusted')
})

t.test('nobody is let in whose server became a stranger, or is away for longer than it said', async t => {
  const { make, refusal, network, clock, pass, now } = await open(t)
  const certificate = make({ ends: now + 200 * day })
  network.setReachable(parseDomain('a.example'), false)
  clock.advance(91 * day)
  await pass(1000)
  t.equal(await refusal(certificate), 'statement-invalid')
  clock.advance(100 * day)
  await pass(1000)
  t.equal(await refusal(make({ ends: now + 300 * day })), 'home-untrusted')
})

t.test('a server that never told of its authority has no visitors here', async t => {
  const silent = await startVisited({ hasAuthority: false })
  t.teardown(silent.stop)
  const authority = await makeX509Authority(parseDomain('a.example'), silent.clock.now())
  const span = { begins: silent.clock.now() - hour, ends: silent.clock.now() + day }
  t.equal(await silent.refusal(anyCertificate(authority, span)), 'authority-unknown')
})

t.test('what is no certificate is refused before anything is made of it', async t => {
  const { make, refusal } = await open(t, shared)
  const good = make()
  for (const hostile of [
    Buffer.alloc(0),
    Buffer.alloc(8193, 0x30),
    randomBytes(1000),
    good.subarray(0, -1),
    Buffer.concat([good, Buffer.of(0)]),
    Buffer.from(armorCertificates(good)),
    Buffer.concat(Array.from({ length: 2000 }, () => Buffer.of(0x30, 0x80))),
  ])
    t.equal(await refusal(hostile), 'unreadable')
})
