// An admin decides about the other key that a suspended server shows: approved it is taken, rejected it never is.
import t from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { generateUserKey, parseCertificate } from '../../../plugin/openpgp/index.js'
import { createDnsWords, createExplainer } from '../../../plugin/pki/index.js'
import { memoryDns } from '../../_dns.js'
import type { FederatedServer } from '../../_federated.js'
import { start, swapped } from '../../_swapped.js'

const minute = 60_000
const bob = parseUserAddress('bob@b.example')
const wrong = { code: 'command-invalid' }

const known = async (a: FederatedServer, b: FederatedServer) =>
  (await a.directory.server(b.domain))?.fingerprint

function explainerOf({ domain, store: ring, directory }: FederatedServer, clock: { now(): number }) {
  const own = { directory, dnsSeen: ring, clock: { ...clock, steady: clock.now, after: never } }
  const dnsWords = createDnsWords({ ...own, dns: memoryDns() })
  return createExplainer({ domain, ring, directory, dnsWords })
}

function never(): never {
  throw new Error('Nobody waits here.')
}

t.test('a suspension says which key was shown where and since when, and is explained', async t => {
  const { a, b, impostor, clock } = await swapped(t)
  t.match(await a.directory.suspensions.of(b.domain), {
    known: b.identity.fingerprint,
    shown: impostor.identity.fingerprint,
    place: 'p3do.b.example',
    allowed: null,
  })
  const { trusted, words } = await explainerOf(a, clock).name('b.example')
  t.equal(trusted, false)
  const shown = impostor.identity.fingerprint.slice(2).toUpperCase()
  t.match(words, /^b\.example: not trusted: the server is suspended, because it shows another key/)
  t.match(words, `(since 2026-01-01, the key ${shown} at p3do.b.example; known is `)
  const key = generateUserKey(bob, start).certificate
  const certified = await b.identity.authority.certifyUser(key.octets, bob, Buffer.alloc(32, 1))
  await t.rejects(a.directory.keepUser(b.domain, certified), { code: 'certificate-invalid' })
})

t.test('the approved key takes the place of the old one, at once', async t => {
  const { a, b, impostor, pass } = await swapped(t)
  await a.directory.approve(b.domain, impostor.identity.fingerprint)
  a.federation.lookNow(b.domain)
  await pass(2 * minute, 1000)
  t.equal(await known(a, b), impostor.identity.fingerprint)
  t.same([a.peers(), impostor.peers()], [['b.example'], ['a.example']])
  t.equal(await a.directory.suspensions.of(b.domain), null)
  t.match(await a.store.changesOf(b.domain), [
    { replaced: b.identity.fingerprint, successor: impostor.identity.fingerprint, how: 'approved' },
  ])
})

t.test('whoever reads the ring learns that the replaced key is not countersigned any more', async t => {
  const { a, b, impostor, pass } = await swapped(t)
  await a.directory.approve(b.domain, impostor.identity.fingerprint)
  await pass(2 * minute, 1000)
  const entry = await a.store.find('server', b.identity.fingerprint)
  t.equal(entry && (await a.directory.doubt(entry)), 'certification-revoked')
  const current = await a.store.find('server', b.domain)
  t.equal(current && parseCertificate(current.certificate).fingerprint, impostor.identity.fingerprint)
  t.equal(current && (await a.directory.doubt(current)), null)
})

t.test('the old key that comes back after an approval is another key again, and can be approved', async t => {
  const { a, b, impostor, pass, replace } = await swapped(t)
  await a.directory.approve(b.domain, impostor.identity.fingerprint)
  await pass(2 * minute, 1000)
  await replace(impostor, { keyFile: b.keyFile })
  a.federation.lookNow(b.domain)
  await pass(2 * minute, 1000)
  t.same(a.peers(), [])
  t.match(await a.directory.suspensions.of(b.domain), { shown: b.identity.fingerprint })
  await a.directory.approve(b.domain, b.identity.fingerprint)
  await pass(3 * minute, 1000)
  t.same([a.peers(), await known(a, b)], [['b.example'], b.identity.fingerprint])
})

t.test('a rejected key stays out, and the known one comes back by itself', async t => {
  const { a, b, impostor, pass, replace } = await swapped(t)
  await a.directory.approve(b.domain, impostor.identity.fingerprint)
  t.equal(await a.directory.reject(b.domain), impostor.identity.fingerprint)
  await pass(5 * minute, 1000)
  t.same([a.peers(), await known(a, b)], [[], undefined], 'an approval before counts no more')
  await replace(impostor, { keyFile: b.keyFile })
  await pass(3 * minute, 1000)
  t.same([a.peers(), await known(a, b)], [['b.example'], b.identity.fingerprint])
})

t.test('an admin who rejected a key may still approve it', async t => {
  const { a, b, impostor, pass } = await swapped(t)
  await a.directory.reject(b.domain)
  await a.directory.approve(b.domain, impostor.identity.fingerprint)
  await pass(3 * minute, 1000)
  t.equal(await known(a, b), impostor.identity.fingerprint)
})

t.test('nothing is decided about a server that is not suspended, or about another key', async t => {
  const { a, b, impostor } = await swapped(t)
  await t.rejects(a.directory.approve(a.domain, impostor.identity.fingerprint), wrong)
  await t.rejects(a.directory.reject(a.domain), wrong)
  for (const other of [b.identity.fingerprint, a.identity.fingerprint])
    await t.rejects(a.directory.approve(b.domain, other), { ...wrong, message: /does not show that key/ })
})

t.test('a pinned key is changed where it is pinned', async t => {
  const { a, b, impostor, pass } = await swapped(t)
  a.directory.pin(b.domain, b.identity.fingerprint)
  await t.rejects(a.directory.approve(b.domain, impostor.identity.fingerprint), {
    ...wrong,
    message: /pinned/,
  })
  a.directory.pin(b.domain, impostor.identity.fingerprint)
  await pass(3 * minute, 1000)
  t.same([a.peers(), await known(a, b)], [['b.example'], impostor.identity.fingerprint])
  t.equal(await a.directory.suspensions.of(b.domain), null)
})
