// The daily round: who is there is certified on and on, who is gone lapses, and what clients publish is taken up.
import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { systemRandom } from '../../../adapters/random.js'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { createPeople } from '../../../plugin/identity/index.js'
import { generateUserKey, parseCertificate, type UserKey } from '../../../plugin/openpgp/index.js'
import { changeOwnKey } from '../../../plugin/pki/index.js'
import { createSealer } from '../../../plugin/sealer.js'
import { buildCertificate } from '../../../plugin/openpgp/certificate.js'
import { bindSubkey } from '../../../plugin/openpgp/new-certificate.js'
import { generateKey } from '../../../plugin/openpgp/secret-key.js'
import { day, hour, primarySigner, revokedKey } from '../../_certificates.js'
import { countedWork } from '../../_counted-work.js'
import { createFederated } from '../../_federated.js'

const alice = parseUserAddress('alice@a.example')

async function rig(t: Test) {
  const lab = createFederated()
  const server = await lab.add('a')
  const { accounts } = server.host
  const told: string[] = []
  const fail = (_: object, line: string): void => void t.fail(line)
  const people = createPeople({
    ...server,
    sealer: createSealer(randomBytes(32)),
    tellHolder: () => Promise.resolve(),
    pseudonyms: { most: 10, delay: 60_000 },
    dropped: () => undefined,
    work: countedWork,
    clock: lab.clock,
    random: systemRandom,
    log: { debug: () => undefined, info: (_, line) => void told.push(line), warn: fail, error: fail },
  })
  people.start()
  t.teardown(() => {
    people.stop()
    server.stop()
  })
  /** Days pass, with the server's own keys renewed as the service does. */
  const passDays = async (days: number): Promise<void> => {
    for (let passed = 0; passed < days; passed++) {
      await lab.pass(day, hour)
      await server.identity.renew()
    }
  }
  const entrust = async (key: UserKey): Promise<void> => {
    const { fingerprint, octets } = key.certificate
    accounts.put(alice, { fingerprint, certificate: octets, changed: lab.clock.now() })
    await people.locals.entrust(alice, key.certificate)
  }
  const doubt = async () => (await server.directory.known(alice))?.doubt
  return { ...lab, server, accounts, people, told, passDays, entrust, doubt }
}

t.test('who has an account stays certified for as long as it is there', async t => {
  const { people, doubt, passDays } = await rig(t)
  await people.locals.enrolled(alice)
  await passDays(200)
  t.equal(await doubt(), null)
})

t.test(
  'a certification from before there were copies of mailbox keys gets one when it is renewed',
  async t => {
    const { people, server, passDays } = await rig(t)
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
  const { people, server, passDays } = await rig(t)
  await people.locals.enrolled(alice)
  const { copy } = (await server.directory.mailbox(alice)) ?? {}
  await changeOwnKey(server.identity, server.directory, server.federation)
  await server.directory.takeOver()
  await passDays(20)
  t.ok(copy)
  t.same((await server.directory.mailbox(alice))?.copy, copy)
})

t.test('so does who has one at a host that does not say', async t => {
  const { people, accounts, doubt, passDays } = await rig(t)
  accounts.hasModule = false
  await people.locals.enrolled(alice)
  await passDays(200)
  t.equal(await doubt(), null)
})

t.test('who is gone is not certified any more, and lapses', async t => {
  const { people, accounts, doubt, passDays, server } = await rig(t)
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
  { server, clock, passDays }: Awaited<ReturnType<typeof rig>>,
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
  const parts = await rig(t)
  const key = generateUserKey(alice, parts.clock.now())
  await parts.people.locals.entrust(alice, key.certificate)
  parts.accounts.remove(alice)
  await bringNews(parts, key, 3)
  await parts.passDays(5)
  t.equal(await parts.doubt(), 'certification-ended')
})

t.test('nor do they put off the renewal of a user who is there', async t => {
  const parts = await rig(t)
  const key = generateUserKey(alice, parts.clock.now())
  await parts.people.locals.entrust(alice, key.certificate)
  await bringNews(parts, key, 3)
  await parts.passDays(5)
  t.equal(await parts.doubt(), null)
})

t.test('a hosted key is on the account, also when it was lost there', async t => {
  const { people, accounts, passDays, server } = await rig(t)
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
  const { people, accounts, passDays, clock } = await rig(t)
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
  const { people, accounts, passDays, told } = await rig(t)
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
  const { accounts, entrust, doubt, passDays, clock } = await rig(t)
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
  const { accounts, entrust, doubt, passDays, clock, server } = await rig(t)
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
