// The directory: what it takes, what it never loses, what it gives out.
import t, { type Test } from 'tap'
import { createMemoryStore } from '../../../adapters/memory/index.js'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import {
  decodeSecretKey,
  generateUnwrappingKey,
  generateUserKey,
  parseCertificate,
  type Certificate,
} from '../../../plugin/openpgp/index.js'
import {
  createDirectory,
  openIdentity,
  type Directory,
  type ServerIdentity,
} from '../../../plugin/pki/index.js'
import type { KeyFile, Store } from '../../../plugin/ports.js'
import { sameThread } from '../../../plugin/work.js'
import { day, revokedKey } from '../../_certificates.js'
import { createVirtualClock, type VirtualClock } from '../../_virtual-clock.js'

const [a, b] = [parseDomain('a.example'), parseDomain('b.example')]
const bob = parseUserAddress('bob@b.example')

interface Side {
  readonly identity: ServerIdentity
  readonly directory: Directory
  readonly store: Store
  readonly file: { octets: Buffer | null }
}

async function openSide(domain: typeof a, clock: VirtualClock): Promise<Side> {
  const file: { octets: Buffer | null } = { octets: null }
  const keyFile: KeyFile = {
    load: () => Promise.resolve(file.octets),
    save: octets => Promise.resolve(void (file.octets = octets)),
  }
  const identity = await openIdentity(domain, keyFile, clock)
  const store = createMemoryStore()
  return {
    identity,
    store,
    file,
    directory: createDirectory(identity, store, clock, sameThread, () => undefined),
  }
}

async function twoSides(_: Test) {
  const clock = createVirtualClock()
  const [ours, theirs] = [await openSide(a, clock), await openSide(b, clock)]
  await ours.directory.meetServer(b, theirs.identity.certificate)
  const key = generateUserKey(bob, clock.now())
  await theirs.directory.publishUser(bob, key.certificate, generateUnwrappingKey().octets)
  const published = await theirs.directory.user(bob)
  return { clock, ours, theirs, key, published }
}

t.test('a user whom the countersigned server certified is given out', async t => {
  const { ours, published } = await twoSides(t)
  await t.rejects(ours.directory.user(bob), { code: 'recipient-unknown' })
  await ours.directory.keepUser(b, published.octets)
  t.equal((await ours.directory.user(bob)).fingerprint, published.fingerprint)
})

t.test('a user’s revocation is kept and the key is given out no more', async t => {
  const { clock, ours, key, published } = await twoSides(t)
  await ours.directory.keepUser(b, published.octets)
  const revoked = revokedKey({ ...key, certificate: published }, clock.now())
  await t.rejects(ours.directory.keepUser(b, revoked.octets), { code: 'certificate-invalid' })
  await t.rejects(ours.directory.user(bob), { code: 'recipient-untrusted', message: /revoked/ })
  await t.rejects(
    ours.directory.keepUser(b, published.octets),
    { code: 'certificate-invalid' },
    'not even the old copy undoes it',
  )
})

t.test('a peer’s own revocation is kept and the peer is trusted no more', async t => {
  const { clock, ours, theirs } = await twoSides(t)
  const revoked = revokedKey(decodeSecretKey(theirs.file.octets ?? Buffer.alloc(0)), clock.now())
  await t.rejects(ours.directory.meetServer(b, revoked), { code: 'certificate-invalid', message: /revoked/ })
  t.equal(await ours.directory.server(b), null)
  await t.rejects(ours.directory.meetServer(b, theirs.identity.certificate), { code: 'certificate-invalid' })
})

t.test('a countersignature that was taken back is not given again', async t => {
  const { ours, theirs } = await twoSides(t)
  const entry = await ours.store.find('server', b)
  if (!entry) throw new Error('The peer is not on the ring.')
  const taken = ours.identity.authority.revoke(entry.certificate, b)
  await ours.store.put({ ...entry, certificate: taken })
  t.equal(await ours.directory.server(b), null)
  await t.rejects(ours.directory.meetServer(b, theirs.identity.certificate), {
    message: /certification revoked/,
  })
  t.equal(await ours.directory.server(b), null)
})

t.test('another key for a known peer is refused and changes nothing', async t => {
  const { clock, ours, theirs } = await twoSides(t)
  const swapped = await openSide(b, clock)
  await t.rejects(ours.directory.meetServer(b, swapped.identity.certificate), { code: 'key-changed' })
  t.equal((await ours.directory.server(b))?.fingerprint, theirs.identity.fingerprint)
})

t.test('a countersignature that ended is made anew at the next meeting', async t => {
  const { clock, ours, theirs } = await twoSides(t)
  clock.advance(181 * day)
  t.equal(await ours.directory.server(b), null)
  await theirs.identity.renew()
  await ours.directory.meetServer(b, theirs.identity.certificate)
  t.equal((await ours.directory.server(b))?.fingerprint, theirs.identity.fingerprint)
})

t.test('more than a year of weekly routing keys makes no certificate longer or unreadable', async t => {
  const { clock, ours, theirs } = await twoSides(t)
  for (let week = 0; week < 60; week++) {
    clock.advance(7 * day)
    await theirs.identity.renew()
    const met = await ours.directory.meetServer(b, theirs.identity.certificate)
    await theirs.directory.meetServer(a, ours.identity.certificate)
    await theirs.directory.keepCountersignature(a, met.octets)
  }
  t.equal((await ours.directory.server(b))?.fingerprint, theirs.identity.fingerprint)
  for (const entry of [await ours.store.find('server', b), await theirs.store.find('server', b)])
    t.ok(entry && parseCertificate(entry.certificate).subkeys.length <= 4)
})

t.test('a user of another domain, or certified by nobody, is not kept', async t => {
  const { clock, ours, published } = await twoSides(t)
  const carol = generateUserKey(parseUserAddress('carol@c.example'), clock.now()).certificate
  const bare: Certificate = generateUserKey(bob, clock.now()).certificate
  for (const [from, certificate] of [
    [b, carol],
    [b, bare],
    [parseDomain('c.example'), published],
  ] as const) {
    await t.rejects(ours.directory.keepUser(from, certificate.octets), { code: 'certificate-invalid' })
  }
  t.same(await ours.store.list('user', null, 0), [])
})

t.test(
  'own users are certified anew after a month, with the same mailbox key, and peers get the new one',
  async t => {
    const { clock, theirs, published } = await twoSides(t)
    await theirs.directory.renewUser(bob)
    t.same((await theirs.directory.user(bob)).octets, published.octets, 'not before')
    clock.advance(31 * day)
    await theirs.directory.renewUser(bob)
    clock.advance(80 * day)
    t.equal((await theirs.directory.user(bob)).fingerprint, published.fingerprint, 'beyond the first 90 days')
    const [entry] = await theirs.store.list('user', b, 1)
    // Numbers in a signature are written without leading zeros.
    const least = published.octets.length - 8
    t.ok(entry && parseCertificate(entry.certificate).octets.length >= least, 'the mailbox key is in it')
  },
)

t.test('an own user whose certification ended in his absence is certified anew when he is back', async t => {
  const { clock, theirs, key } = await twoSides(t)
  t.equal((await theirs.directory.known(bob))?.doubt, null)
  clock.advance(91 * day)
  await theirs.identity.renew()
  await t.rejects(theirs.directory.user(bob), { code: 'recipient-untrusted', message: /ended/ })
  t.equal((await theirs.directory.known(bob))?.doubt, 'certification-ended')
  await theirs.directory.publishUser(bob, key.certificate, generateUnwrappingKey().octets)
  t.equal((await theirs.directory.user(bob)).fingerprint, key.certificate.fingerprint)
})

t.test('an own user who was revoked is known as that, and stays revoked', async t => {
  const { clock, theirs } = await twoSides(t)
  const entry = await theirs.store.find('user', bob)
  if (!entry) throw new Error('The user is not on the ring.')
  clock.advance(day)
  await theirs.store.put({ ...entry, certificate: theirs.identity.authority.revoke(entry.certificate, bob) })
  t.equal((await theirs.directory.known(bob))?.doubt, 'certification-revoked')
  clock.advance(31 * day)
  await theirs.directory.renewUser(bob)
  await t.rejects(theirs.directory.user(bob), { code: 'recipient-untrusted', message: /took back/ })
})

t.test('peers are told of renewals, and not of users who are left to lapse', async t => {
  const { clock, theirs } = await twoSides(t)
  let told = 0
  const directory = createDirectory(theirs.identity, theirs.store, clock, sameThread, () => told++)
  clock.advance(31 * day)
  await directory.renewUser(bob)
  await directory.renewUser(bob)
  t.equal(told, 1)
  clock.advance(100 * day)
  await directory.renewUser(bob)
  t.equal(told, 1)
})

t.test('a revocation that comes at once with a renewal is not lost', async t => {
  const { clock, ours, theirs, key, published } = await twoSides(t)
  await ours.directory.keepUser(b, published.octets)
  clock.advance(31 * day)
  await theirs.directory.renewUser(bob)
  const renewed = await theirs.directory.user(bob)
  const revoked = revokedKey({ ...key, certificate: published }, clock.now())
  await Promise.allSettled([revoked, renewed].map(({ octets }) => ours.directory.keepUser(b, octets)))
  await t.rejects(ours.directory.user(bob), { code: 'recipient-untrusted', message: /revoked/ })
})

t.test('a user who comes after the clock was set back and the server restarted is still news', async t => {
  const { clock, theirs } = await twoSides(t)
  const [first] = await theirs.store.list('user', b, 0)
  const earlier = createVirtualClock(clock.now() - day)
  const restarted = createDirectory(theirs.identity, theirs.store, earlier, sameThread, () => undefined)
  const beth = parseUserAddress('beth@b.example')
  const { certificate } = generateUserKey(beth, clock.now() - day)
  await restarted.publishUser(beth, certificate, generateUnwrappingKey().octets)
  const news = await theirs.store.list('user', b, first?.changed ?? 0)
  t.same(
    news.map(({ subject }) => subject),
    [beth],
  )
})
