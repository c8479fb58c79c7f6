// The daily round: who is there is certified on and on, who is gone lapses, and what clients publish is taken up.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { generateUserKey, parseCertificate, type UserKey } from '../../../plugin/openpgp/index.js'
import { changeOwnKey } from '../../../plugin/pki/index.js'
import { buildCertificate } from '../../../plugin/openpgp/certificate.js'
import { bindSubkey } from '../../../plugin/openpgp/new-certificate.js'
import { generateKey } from '../../../plugin/openpgp/secret-key.js'
import { primarySigner, revokedKey } from '../../_certificates.js'
import { startPeople } from '../../_people.js'

const alice = parseUserAddress('alice@a.example')

t.test('who has an account stays certified for as long as it is there', async t => {
  const { people, doubt, passDays } = await startPeople(t)
  await people.locals.enrolled(alice)
  await passDays(200)
  t.equal(await doubt(), null)
})

t.test(
  'a certification from before there were copies of mailbox keys gets one when it is renewed',
  async t => {
    const { people, server, passDays } = await startPeople(t)
    const { mailbox } = await people.locals.enrolled(alice)
    const known = await server.directory.known(alice)
    if (!known) throw new Error('The key is published.')
    await passDays(1)
    await server.directory.publishUser(alice, known.certificate, mailbox.octets)
    t.equal((await server.directory.mailbox(alice))?.copy, null)
    await passDays(32)
    t.ok((await server.directory.mailbox(alice))?.copy)
  },
)

t.test('a new key of the server certifies the copy as well', async t => {
  const { people, server, passDays } = await startPeople(t)
  await people.locals.enrolled(alice)
  const { copy } = (await server.directory.mailbox(alice)) ?? {}
  await changeOwnKey(server.identity, server.directory, server.federation)
  await server.directory.takeOver()
  await passDays(20)
  t.ok(copy)
  t.same((await server.directory.mailbox(alice))?.copy, copy)
})

t.test('so does who has one at a host that does not say', async t => {
  const { people, accounts, doubt, passDays } = await startPeople(t)
  accounts.hasModule = false
  await people.locals.enrolled(alice)
  await passDays(200)
  t.equal(await doubt(), null)
})

t.test('who is gone is not certified any more, and lapses', async t => {
  const { people, accounts, doubt, passDays, server } = await startPeople(t)
  await people.locals.enrolled(alice)
  accounts.remove(alice)
  await passDays(40)
  t.equal(await doubt(), null, 'a host that is wrong for some weeks does no harm')
  await passDays(55)
  t.equal(await doubt(), 'certification-ended')
  t.ok(server.count('users without account') > 80)
})

/** The key with a new subkey each month, as its owner brings it to the key server. */
async function bringNews(
  { server, clock, passDays }: Awaited<ReturnType<typeof startPeople>>,
  key: UserKey,
  months: number,
) {
  for (let month = 0; month < months; month++) {
    await passDays(29)
    const subkey = bindSubkey(primarySigner(key), generateKey(18, clock.now()), 12, null, clock.now())
    const entry = await server.store.find('user', alice)
    const news = buildCertificate({ ...key.certificate, subkeys: [subkey] }).octets
    if (!entry || !(await server.directory.amend(entry, news))) throw new Error('That was no news.')
  }
}

t.test('news of a key do not keep a certification alive whose owner is gone', async t => {
  const parts = await startPeople(t)
  const key = generateUserKey(alice, parts.clock.now())
  await parts.people.locals.entrust(alice, key.certificate)
  parts.accounts.remove(alice)
  await bringNews(parts, key, 3)
  await parts.passDays(5)
  t.equal(await parts.doubt(), 'certification-ended')
})

t.test('nor do they put off the renewal of a user who is there', async t => {
  const parts = await startPeople(t)
  const key = generateUserKey(alice, parts.clock.now())
  await parts.people.locals.entrust(alice, key.certificate)
  await bringNews(parts, key, 3)
  await parts.passDays(5)
  t.equal(await parts.doubt(), null)
})

t.test('a hosted key is on the account, also when it was lost there', async t => {
  const { people, accounts, passDays, server } = await startPeople(t)
  const { fingerprint } = await people.locals.enrolled(alice)
  people.changed(alice)
  await passDays(1)
  t.same(
    (await accounts.listedKeys(alice)).map(item => item.fingerprint),
    [fingerprint],
  )
  accounts.remove(alice)
  accounts.restore(alice)
  await passDays(2)
  const published = await accounts.readKey(alice, fingerprint)
  t.same(published, (await server.store.find('user', alice))?.certificate)
})

t.test('where a client has put a key of its own, a hosted one is not put beside it', async t => {
  const { people, accounts, passDays, clock } = await startPeople(t)
  const { fingerprint, octets } = generateUserKey(alice, clock.now()).certificate
  accounts.put(alice, { fingerprint, certificate: octets, changed: clock.now() })
  await people.locals.enrolled(alice)
  await passDays(2)
  t.same(
    (await accounts.listedKeys(alice)).map(item => item.fingerprint),
    [fingerprint],
  )
})

t.test('without its module at the host it is said once, and every day tried again', async t => {
  const { people, accounts, passDays, told } = await startPeople(t)
  accounts.hasModule = false
  const { fingerprint } = await people.locals.enrolled(alice)
  await passDays(3)
  t.equal(told.filter(line => line.includes('mod_p3do')).length, 1)
  t.match(await people.custody.describe(alice), /not put on your account/)
  accounts.hasModule = true
  await passDays(2)
  t.same(
    (await accounts.listedKeys(alice)).map(item => item.fingerprint),
    [fingerprint],
  )
  t.notMatch(await people.custody.describe(alice), /not put on your account/)
})

t.test('a revocation that the client published is found within a day', async t => {
  const { accounts, entrust, doubt, passDays, clock } = await startPeople(t)
  const key = generateUserKey(alice, clock.now())
  await entrust(key)
  await passDays(2)
  t.equal(await doubt(), null)
  const { fingerprint, octets } = revokedKey(key, clock.now())
  accounts.put(alice, { fingerprint, certificate: octets, changed: clock.now() })
  await passDays(1)
  t.equal(await doubt(), 'revoked')
  t.same(await accounts.listedKeys(alice), [])
})

t.test('what stands there and is no certificate changes nothing and stops nobody', async t => {
  const { accounts, entrust, doubt, passDays, clock, server } = await startPeople(t)
  const key = generateUserKey(alice, clock.now())
  await entrust(key)
  await passDays(2)
  const before = await server.store.find('user', alice)
  const { fingerprint } = key.certificate
  for (const certificate of [randomBytes(500), generateUserKey(alice, clock.now()).certificate.octets]) {
    accounts.put(alice, { fingerprint, certificate, changed: clock.now() })
    await passDays(1)
    t.same((await server.store.find('user', alice))?.certificate, before?.certificate)
    t.equal(await doubt(), null)
  }
  t.equal(parseCertificate(before?.certificate ?? Buffer.alloc(0)).fingerprint, fingerprint)
})
