// A server's new key to which its old one hands over: nobody notices, whoever was away follows, and nothing goes back.
import t, { type Test } from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import {
  decodeServerKeys,
  generateUserKey,
  parseCertificate,
  parseCertificates,
  type Certificate,
} from '../../../plugin/openpgp/index.js'
import { changeOwnKey } from '../../../plugin/pki/index.js'
import type { KeyFile } from '../../../plugin/ports.js'
import { createFederated, type FederatedServer } from '../../_federated.js'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const bob = parseUserAddress('bob@b.example')

async function federated(t: Test) {
  const lab = createFederated()
  const [a, b] = [await lab.add('a', { peers: ['b'] }), await lab.add('b', { peers: ['a'] })]
  t.teardown(() => [a, b].forEach(server => server.stop()))
  for (const { federation } of [a, b]) federation.start()
  await lab.pass(5000)
  const key = generateUserKey(bob, lab.clock.now()).certificate
  await b.directory.publishUser(bob, key, Buffer.alloc(32, 1))
  await lab.pass(5000)
  const old = b.identity.fingerprint
  return { ...lab, a, b, old }
}

/** What the service does every hour. */
async function renew({ identity, directory }: FederatedServer): Promise<void> {
  await identity.renew()
  await directory.takeOver()
  await directory.publishServer()
}

const change = ({ identity, directory, federation }: FederatedServer) =>
  changeOwnKey(identity, directory, federation)

const knownTo = async (a: FederatedServer, b: FederatedServer) =>
  (await a.directory.server(b.domain))?.fingerprint

const keysIn = async (file: KeyFile) => decodeServerKeys((await file.load()) ?? Buffer.alloc(0)).length

async function doubtOfBob({ store, directory }: FederatedServer) {
  const entry = await store.find('user', bob)
  return entry ? directory.doubt(entry) : 'unknown'
}

t.test('the peers take up the new key within minutes, and no one complains', async t => {
  const { a, b, old, pass } = await federated(t)
  b.federation.serve('echo', () => Promise.resolve({ word: 'hello' }))
  await change(b)
  t.not(b.identity.fingerprint, old)
  for (let passed = 0; passed < 2 * minute; passed += 5000) {
    const [peer] = a.federation.peers()
    t.same(peer && (await a.federation.ask(peer, 'echo', {})), { word: 'hello' })
    t.equal((await a.directory.user(bob)).userIds.length, 1)
    await pass(5000)
  }
  t.equal(await knownTo(a, b), b.identity.fingerprint)
  t.same([a.peers(), b.peers()], [['b.example'], ['a.example']])
  t.same([...a.complaints, ...b.complaints], [])
})

t.test('after an hour the new key signs alone, and still no one notices', async t => {
  const { a, b, pass } = await federated(t)
  await change(b)
  await pass(hour + minute, 1000)
  t.not(b.identity.certificate.fingerprint, b.identity.fingerprint, 'the old one signs')
  await renew(b)
  t.equal(b.identity.certificate.fingerprint, b.identity.fingerprint, 'the new one signs')
  a.federation.serve('echo', peer => Promise.resolve({ from: peer.fingerprint }))
  const [peer] = b.federation.peers()
  t.same(peer && (await b.federation.ask(peer, 'echo', {})), { from: b.identity.fingerprint })
  await pass(2 * day, minute)
  t.equal(await doubtOfBob(a), null, 'by the new key alone')
  t.equal(await doubtOfBob(b), null)
  t.same([a.peers(), b.peers()], [['b.example'], ['a.example']])
  t.same([...a.complaints, ...b.complaints], [])
})

/** A server stops and starts again with what it keeps. */
async function restarted(t: Test, lab: Awaited<ReturnType<typeof federated>>, server: FederatedServer) {
  server.stop()
  const { store, keyFile, domain } = server
  const name = domain.slice(0, 1)
  const again = await lab.add(name, { peers: [name === 'a' ? 'b' : 'a'], store, keyFile })
  t.teardown(() => again.stop())
  await again.directory.takeOver()
  await again.directory.publishServer()
  again.federation.start()
  return again
}

t.test(
  'a server that was away for two changes follows them, and then knows both old keys as replaced',
  async t => {
    const lab = await federated(t)
    const { a, b, old, pass } = lab
    a.stop()
    await change(b)
    const between = b.identity.fingerprint
    await pass(2 * hour, minute)
    await renew(b)
    await change(b)
    await pass(2 * hour, minute)
    await renew(b)
    const later = await restarted(t, lab, a)
    await pass(10_000)
    t.equal(await knownTo(later, b), b.identity.fingerprint)
    t.same(
      (await later.store.changesOf(b.domain)).map(({ replaced }) => replaced).sort(),
      [old, between].sort(),
    )
    t.same([later.peers(), later.complaints], [['b.example'], []])
    t.equal((await later.directory.user(bob)).userIds.length, 1)
  },
)

t.test('a restart in the middle of a change: the old key goes on signing until the hour is over', async t => {
  const lab = await federated(t)
  await change(lab.b)
  await lab.pass(10 * minute, 1000)
  const b = await restarted(t, lab, lab.b)
  t.same([b.identity.certificate.fingerprint, b.identity.fingerprint], [lab.old, lab.b.identity.fingerprint])
  await lab.pass(hour, minute)
  const later = await restarted(t, lab, b)
  t.equal(later.identity.certificate.fingerprint, lab.b.identity.fingerprint)
  await lab.pass(10_000)
  t.same([lab.a.peers(), later.peers()], [['b.example'], ['a.example']])
})

t.test(
  'the old routing keys open what is on its way for two weeks, then the old key is destroyed',
  async t => {
    const { b, old, pass } = await federated(t)
    const [before] = b.identity.routingKeys
    await change(b)
    await pass(2 * hour, 10 * minute)
    await renew(b)
    const holds = () =>
      b.identity.routingKeys.some(({ key }) => before && key.octets.equals(before.key.octets))
    t.ok(holds())
    for (let days = 0; days < 13; days++) {
      await pass(day, hour)
      await renew(b)
    }
    t.ok(holds())
    t.equal(await keysIn(b.keyFile), 2)
    await pass(2 * day, hour)
    await renew(b)
    t.notOk(holds())
    t.equal(await keysIn(b.keyFile), 1)
    t.not(b.identity.fingerprint, old)
  },
)

t.test('everybody can see that the old key is superseded, and by which', async t => {
  const { a, b, old, pass } = await federated(t)
  await change(b)
  await pass(2 * minute, 1000)
  for (const server of [a, b]) {
    const entry = await server.store.find('server', old)
    const kept = parseCertificate(entry?.certificate ?? Buffer.alloc(0))
    const [revocation] = kept.signatures
    t.match(revocation?.body.toString('latin1'), `superseded by ${b.identity.fingerprint}`)
    t.equal(entry && (await server.directory.doubt(entry)), 'revoked')
  }
})

t.test('a pin in the configuration is followed', async t => {
  const lab = await federated(t)
  const { a, b, old, pass } = lab
  await change(b)
  a.stop()
  const pinned = await lab.add('a', { peers: ['b'], pins: { b: old }, store: a.store, keyFile: a.keyFile })
  const fresh = await lab.add('c', { peers: ['b'], pins: { b: old } })
  t.teardown(() => [pinned, fresh].forEach(server => server.stop()))
  pinned.federation.start()
  await fresh.directory.meetServer(b.domain, ...(await shownBy(b)))
  await pass(10_000)
  t.equal(await knownTo(pinned, b), b.identity.fingerprint)
  t.equal(await knownTo(fresh, b), b.identity.fingerprint)
})

t.test('a second change in the same hour is refused, and changes nothing', async t => {
  const { b } = await federated(t)
  await change(b)
  const [file, fingerprint] = [await b.keyFile.load(), b.identity.fingerprint]
  await t.rejects(change(b), { code: 'too-many-requests' })
  t.same([await b.keyFile.load(), b.identity.fingerprint], [file, fingerprint])
})

t.test('a countersignature that the old key took back is not given again by the new one', async t => {
  const { a, b, pass } = await federated(t)
  const entry = await a.store.find('server', b.domain)
  if (!entry) throw new Error('It was met.')
  const { authority } = a.identity
  await a.store.put({ ...entry, certificate: authority.revoke(entry.certificate, b.domain) })
  await change(a)
  await pass(2 * hour, minute)
  await renew(a)
  t.equal(a.identity.certificate.fingerprint, a.identity.fingerprint)
  await t.rejects(a.directory.meetServer(b.domain, ...(await shownBy(b))), { code: 'certificate-invalid' })
  t.equal(await a.directory.server(b.domain), null)
})

/** What b answers to whoever asks for its certificate. */
async function shownBy(b: FederatedServer): Promise<[Certificate, Certificate[]]> {
  const [shown, ...before] = parseCertificates(await b.directory.presentation())
  return [shown, before]
}
