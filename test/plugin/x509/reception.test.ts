// Visits that begin by a login certificate while the home server is away, and end when it comes back with bad news.
import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import type { UserAddress } from '../../../plugin/ports.js'
import { createSealer } from '../../../plugin/sealer.js'
import { encodeProof, openVisits } from '../../../plugin/visits/index.js'
import { startReception } from '../../../plugin/x509/reception.js'
import { day, hour, revokedKey } from '../../_certificates.js'
import { silentLog } from '../../_memory-servers.js'
import { anyCertificate, startVisited } from '../../_visiting.js'

const account = parseUserAddress('alice\\40a.example@c.example')

/** What nobody checks here. */
function proofUntil(until: number): Buffer {
  const server = parseDomain('c.example')
  return encodeProof({ server, from: until - day, until, nonce: randomBytes(16), signature: randomBytes(64) })
}

async function open(t: Test, mostVisits = 100) {
  const place = await startVisited()
  const { clock, visited, verify, authorities, home, network } = place
  const sealer = createSealer(randomBytes(32))
  const shared = { store: visited.store, sealer, clock, log: silentLog }
  const visits = await openVisits({ ...shared, mostVisits })
  const told: string[] = []
  const tell = (to: UserAddress, words: string) => Promise.resolve(void told.push(`${to} ${words}`))
  const link = visited.host.visitors
  const stop = startReception({ ...shared, link, verify, visits, authorities, tell })
  t.teardown(() => {
    stop()
    visits.stop()
    place.stop()
  })
  const authority = await place.authority()
  const make = (serial = '40aa', ends = clock.now() + 90 * day) =>
    anyCertificate(authority, { serial, begins: clock.now() - hour, ends })
  const setAway = (isAway: boolean): void => {
    network.setReachable(home.domain, !isAway)
  }
  return { ...place, visits, link, told, make, setAway }
}

t.test('the visitor has an account of the address at home, and is told the step that is left', async t => {
  const { link, told, make, setAway, visits, alice } = await open(t)
  setAway(true)
  t.equal(await link.logIn(make()), account)
  t.match(
    told.at(-1),
    /^alice\\40a\.example@c\.example Welcome\. .* as alice@a\.example, until 20.*"visit import".*"visit sign"/,
  )
  t.match(visits.byUser(alice), { account, key: null, proof: null })
})

t.test(
  'a later certificate goes on with the visit; what was brought stays, for as long as was said with it',
  async t => {
    const { link, told, make, visits, clock } = await open(t)
    await link.logIn(make())
    const begun = visits.byAccount(account)
    if (!begun) throw new Error('It has not begun.')
    const until = clock.now() + day
    await visits.begin({ ...begun, proof: proofUntil(until), until })
    const other = make('40ab')
    await link.logIn(other)
    t.match(visits.byAccount(account), { certificate: other, until, proof: Buffer })
    t.notMatch(told.at(-1), 'visit sign')
    t.equal(visits.all().length, 1)
  },
)

t.test('where visitors are not wanted, or are enough, nobody is let in', async t => {
  const { link, make } = await open(t, 0)
  await t.rejects(link.logIn(make()), { code: 'visit-refused' })
  t.equal(link.present.size, 0)
})

t.test('the visit ends, and the account is logged out, when the certificate is revoked', async t => {
  const { link, make, setAway, x509, pass, refusal } = await open(t)
  setAway(true)
  await link.logIn(make('40aa'))
  await x509.revoke('40aa', 'key-compromise')
  await pass(20 * 60_000, 1000)
  t.ok(link.present.has(account), 'nobody there can know of it yet')
  setAway(false)
  await pass(2 * hour, 10_000)
  t.equal(link.present.size, 0)
  t.equal(await refusal(make('40aa')), 'revoked')
  t.equal(await link.logIn(make('40ab')), account, 'with another certificate it begins anew')
})

t.test('and when the OpenPGP key is revoked, whoever brings that', async t => {
  const { link, make, setAway, visited, alice, key, clock, pass } = await open(t)
  setAway(true)
  await link.logIn(make())
  const entry = await visited.store.find('user', alice)
  if (!entry) throw new Error('The key is not on the ring.')
  await visited.directory.amend(entry, revokedKey(key, clock.now()).octets)
  await pass(11 * 60_000, 1000)
  t.equal(link.present.size, 0)
})

t.test('it ends at its time, and time alone ends none that she has signed for', async t => {
  const { link, make, setAway, visits, clock, pass } = await open(t)
  setAway(true)
  await link.logIn(make('40aa', clock.now() + day))
  const begun = visits.byAccount(account)
  if (!begun) throw new Error('It has not begun.')
  const until = clock.now() + 3 * day
  await visits.begin({ ...begun, proof: proofUntil(until), until })
  await pass(2 * day, hour)
  t.ok(link.present.has(account), 'its certificate has ended')
  await pass(2 * day, hour)
  t.equal(link.present.size, 0)
})
