// The authority at work: first need, issuing, taking back, what follows from the user's key, and what everyone sees.
import { X509Certificate, randomBytes } from 'node:crypto'
import t from 'tap'
import { createMemoryStore } from '../../../adapters/memory/index.js'
import { systemRandom } from '../../../adapters/random.js'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import { generateUnwrappingKey, generateUserKey } from '../../../plugin/openpgp/index.js'
import { createDirectory, openIdentity } from '../../../plugin/pki/index.js'
import type { UserAddress } from '../../../plugin/ports.js'
import { createSealer } from '../../../plugin/sealer.js'
import { createX509, ensureBound } from '../../../plugin/x509/index.js'
import { sameThread } from '../../../plugin/work.js'
import { day, revokedKey } from '../../_certificates.js'
import { createOpenssl } from '../../_openssl.js'
import { createVirtualClock } from '../../_virtual-clock.js'
import { silentLog } from '../../_memory-servers.js'

const a = parseDomain('a.example')
const [alice, bob] = [parseUserAddress('alice@a.example'), parseUserAddress('bob@a.example')]

async function openServer() {
  const clock = createVirtualClock(Date.now())
  const files = new Map<string, Buffer>()
  const keyFile = {
    load: () => Promise.resolve(files.get('key') ?? null),
    save: (octets: Buffer) => Promise.resolve(void files.set('key', octets)),
  }
  const identity = await openIdentity(a, keyFile, clock)
  const store = createMemoryStore()
  const directory = createDirectory(identity, store, clock, sameThread, () => undefined)
  await directory.publishServer()
  const told: [UserAddress, string][] = []
  const seal = randomBytes(32)
  const open = (sealKey = seal) =>
    createX509({
      domain: a,
      store,
      directory,
      sealer: createSealer(sealKey),
      sign: octets => identity.authority.signStatement(octets),
      tell: (user, words) => Promise.resolve(void told.push([user, words])),
      changed: () => undefined,
      work: sameThread,
      clock,
      random: systemRandom,
      log: silentLog,
    })
  const enrol = async (user: UserAddress) => {
    const key = generateUserKey(user, clock.now())
    await directory.publishUser(user, key.certificate, generateUnwrappingKey().octets)
    return key
  }
  return { clock, identity, store, directory, told, open, enrol }
}

t.test('there is no authority before somebody needs it, and only one then', async t => {
  const { open, store } = await openServer()
  const x509 = open()
  t.strictSame(
    [await x509.certificate(), await x509.statement(), await x509.revocationList()],
    [null, null, null],
  )
  t.equal(await store.loadX509Authority(), null)
  const [one, other] = await Promise.all([x509.authority(), x509.authority()])
  t.equal(one, other)
  t.equal(await x509.certificate(), one)
  t.equal(await open().authority(), one, 'and it is the same after a restart')
})

t.test('its key is sealed, and does not open under another seal key', async t => {
  const { open, store } = await openServer()
  await open().authority()
  const stored = await store.loadX509Authority()
  t.notMatch(stored?.key.toString('latin1'), /PRIVATE KEY/)
  await t.rejects(open(randomBytes(32)).authority(), { code: 'secret-missing' })
})

t.test('what is shown is signed by the OpenPGP authority, and anew each day', async t => {
  const { open, clock, identity } = await openServer()
  const x509 = open()
  const authority = await x509.authority()
  const statement = await x509.statement()
  if (!statement) throw new Error('There is no statement.')
  t.ok(await ensureBound(a, authority, identity.certificate, statement, clock.now()))
  clock.advance(day / 2)
  t.equal(await x509.statement(), statement)
  clock.advance(day)
  t.notSame((await x509.statement())?.text, statement.text)
})

t.test('a user whose key is trusted gets a file, and its serial number is recorded', async t => {
  const { open, enrol, clock } = await openServer()
  await enrol(alice)
  const x509 = open()
  const { serial, expires, file, passphrase } = await x509.issue(alice)
  t.match(passphrase, /^([a-z02-9]{5}-){3}[a-z02-9]{5}$/)
  t.equal(Math.round((expires - clock.now()) / day), 90)
  t.match(await x509.list(alice), [{ serial, user: alice, expires, revoked: null, reminded: false }])
  t.strictSame(await x509.list(bob), [])
  const openssl = await createOpenssl(t.testdir())
  const path = await openssl.file('alice.p12', file)
  const pem = await openssl.run('pkcs12', '-in', path, '-passin', `pass:${passphrase}`, '-nodes')
  const read = new X509Certificate(/-----BEGIN CERT[^]*?END CERTIFICATE-----/.exec(pem)?.[0] ?? '')
  t.equal(read.serialNumber.toLowerCase(), serial)
  t.equal(read.subjectAltName, 'othername:XmppAddr:alice@a.example')
})

t.test('nobody gets one without a key that is trusted now', async t => {
  const { open, enrol, directory, store, clock } = await openServer()
  const x509 = open()
  await t.rejects(x509.issue(bob), { code: 'recipient-unknown' })
  const key = await enrol(alice)
  const entry = await store.find('user', alice)
  if (!entry) throw new Error('The key is not on the ring.')
  await directory.amend(entry, revokedKey(key, clock.now()).octets)
  await t.rejects(x509.issue(alice), { code: 'recipient-untrusted' })
  t.strictSame(await x509.list(null), [])
  t.equal(await x509.certificate(), null, 'no authority is made for that')
})

t.test('a user gets so many a day and not more', async t => {
  const { open, enrol, store, clock } = await openServer()
  await enrol(alice)
  const record = (at: number) =>
    store.putX509({
      serial: `4${at}`,
      user: alice,
      issued: clock.now(),
      expires: clock.now() + 90 * day,
      revoked: null,
      reminded: false,
    })
  for (let at = 0; at < 8; at++) await record(at)
  const x509 = open()
  await t.rejects(x509.issue(alice), { code: 'too-many-requests' })
  clock.advance(day + 1)
  t.ok(await x509.issue(alice))
})

t.test('what was taken back is on the list at once, and only that', async t => {
  const { open, enrol } = await openServer()
  const x509 = open()
  for (const user of [alice, bob]) await enrol(user)
  const [first, second, bobs] = [await x509.issue(alice), await x509.issue(alice), await x509.issue(bob)]
  const openssl = await createOpenssl(t.testdir())
  const listed = async () => {
    const file = await openssl.file('list.crl', (await x509.revocationList()) ?? '')
    const text = await openssl.run('crl', '-inform', 'der', '-in', file, '-noout', '-text')
    return [first, second, bobs].map(({ serial }) => text.includes(serial.toUpperCase()))
  }
  t.strictSame(await listed(), [false, false, false])
  await x509.revoke(first.serial.toUpperCase(), 'superseded')
  t.strictSame(await listed(), [true, false, false])
  t.equal(await x509.revokeUser(alice, 'key-compromise'), 1)
  t.strictSame(await listed(), [true, true, false])
  const [reason] = (await x509.list(alice)).filter(({ serial }) => serial === first.serial)
  t.match(reason, { revoked: { reason: 'superseded' } }, 'the first reason stays')
})

t.test('a serial number that no record knows can be taken back too', async t => {
  const { open } = await openServer()
  const x509 = open()
  await x509.authority()
  await x509.revoke('4F:00:01', 'unspecified')
  t.match(await x509.list(null), [{ serial: '4f0001', user: null, revoked: { reason: 'unspecified' } }])
  for (const wrong of ['', '4', 'ff00', '4g00', '40'.repeat(21)])
    await t.rejects(x509.revoke(wrong, 'unspecified'), { code: 'bad-format' })
})

t.test('who revokes his OpenPGP key loses his certificates', async t => {
  const { open, enrol, directory, store, clock } = await openServer()
  const x509 = open()
  const key = await enrol(alice)
  await enrol(bob)
  await x509.issue(alice)
  await x509.issue(bob)
  await x509.review()
  t.match(await x509.list(null), [{ revoked: null }, { revoked: null }])
  const entry = await store.find('user', alice)
  if (!entry) throw new Error('The key is not on the ring.')
  await directory.amend(entry, revokedKey(key, clock.now()).octets)
  await x509.review()
  t.match(await x509.list(alice), [{ revoked: { reason: 'key-compromise' } }])
  t.match(await x509.list(bob), [{ revoked: null }])
})

t.test('whose certification the server took back loses his certificates', async t => {
  const { open, enrol, identity, directory, store } = await openServer()
  const x509 = open()
  await enrol(alice)
  await x509.issue(alice)
  const entry = await store.find('user', alice)
  if (!entry) throw new Error('The key is not on the ring.')
  const revoked = identity.authority.revoke(entry.certificate, alice)
  await directory.amend(entry, revoked)
  await x509.review()
  t.match(await x509.list(alice), [{ revoked: { reason: 'account-gone' } }])
})

t.test('whose certification was not renewed loses his certificates', async t => {
  const { open, enrol, clock } = await openServer()
  const x509 = open()
  await enrol(alice)
  clock.advance(80 * day)
  await x509.issue(alice)
  clock.advance(11 * day)
  await x509.review()
  t.match(await x509.list(alice), [{ revoked: { reason: 'account-gone' } }])
})

t.test('a user is told once, two weeks before his last certificate ends', async t => {
  const { open, enrol, clock, told, directory } = await openServer()
  const x509 = open()
  await enrol(alice)
  await x509.issue(alice)
  clock.advance(10 * day)
  await x509.issue(alice)
  clock.advance(30 * day)
  await directory.renewUser(alice)
  clock.advance(37 * day)
  await x509.review()
  t.strictSame(told, [], 'another one follows the first')
  clock.advance(10 * day)
  await x509.review()
  await x509.review()
  t.match(told, [[alice, /Your login certificate ends on 20\d\d-\d\d-\d\d; ask for the next one/]])
})

t.test('an authority that ends within a year is renewed', async t => {
  const { open, clock } = await openServer()
  const x509 = open()
  const first = await x509.authority()
  clock.advance(3000 * day)
  await x509.review()
  t.equal(await x509.authority(), first)
  clock.advance(300 * day)
  await x509.review()
  const second = await x509.authority()
  t.not(second, first)
  t.same(
    new X509Certificate(second).publicKey.export({ type: 'spki', format: 'der' }),
    new X509Certificate(first).publicKey.export({ type: 'spki', format: 'der' }),
  )
  t.equal(await open().authority(), second, 'and kept')
})
