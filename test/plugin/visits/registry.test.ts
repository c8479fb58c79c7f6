// Who visits: one visit of a user and one on an account, kept over restarts, over at its time.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { createMemoryStore } from '../../../adapters/memory/index.js'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import { generateUnwrappingKey, generateUserKey, secretOctets } from '../../../plugin/openpgp/index.js'
import { createSealer } from '../../../plugin/sealer.js'
import { encodeProof, openVisits, type Visit } from '../../../plugin/visits/index.js'
import { settled } from '../../_counted-work.js'
import { silentLog } from '../../_memory-servers.js'
import { day, hour, today } from '../../_certificates.js'
import { createVirtualClock } from '../../_virtual-clock.js'

const alice = parseUserAddress('alice@a.example')
const bob = parseUserAddress('bob@a.example')
const guest = parseUserAddress('guest@c.example')
const other = parseUserAddress('other@c.example')
const key = generateUserKey(alice, today)
const mailbox = generateUnwrappingKey()
const proof = encodeProof({
  ...{ server: parseDomain('c.example'), from: today, until: today + day },
  ...{ nonce: Buffer.alloc(16), signature: Buffer.alloc(100, 1) },
})
const visit: Visit = {
  ...{ user: alice, account: guest, fingerprint: key.certificate.fingerprint },
  ...{ key, mailbox, proof, certificate: null, until: today + day },
}

async function opened(mostVisits = 100) {
  const clock = createVirtualClock(today)
  const [store, sealer] = [createMemoryStore(), createSealer(randomBytes(32))]
  const open = () => openVisits({ store, sealer, clock, log: silentLog, mostVisits })
  const visits = await open()
  const told: string[] = []
  visits.onChange(({ account }, change) => void told.push(`${account} ${change}`))
  return { clock, store, visits, told, reopen: open }
}

t.test('a visit is found by its account and by its user, also after a restart', async t => {
  const { visits, told, reopen } = await opened()
  await visits.begin(visit)
  t.same(told, ['guest@c.example begun'])
  visits.stop()
  const again = await reopen()
  const found = again.byUser(alice)
  t.same(found?.account, guest)
  t.same(again.byAccount(guest)?.proof, proof)
  t.same(found?.key?.certificate.octets, key.certificate.octets)
  t.same(found?.key?.secrets.get(key.certificate.fingerprint), key.secrets.get(key.certificate.fingerprint))
  t.same(found?.mailbox && secretOctets(found.mailbox), secretOctets(mailbox))
  t.equal(again.byUser(bob), null)
})

t.test('nothing of it can be read in the store', async t => {
  const { visits, store } = await opened()
  await visits.begin(visit)
  const [row, ...more] = await store.listVisits()
  t.equal(more.length, 0)
  t.notOk(row?.sealed.includes('alice'))
  t.notOk(row?.name.includes('guest'))
})

t.test('what was brought stays when the same visit begins again', async t => {
  const { visits, told } = await opened()
  await visits.begin(visit)
  const bare = { ...visit, key: null, mailbox: null, proof: null, certificate: Buffer.of(1) }
  t.match(await visits.begin({ ...bare, until: today + 2 * day }), {
    ...{ proof, mailbox, certificate: Buffer.of(1), until: today + 2 * day },
  })
  t.same(told, ['guest@c.example begun', 'guest@c.example changed'])
})

t.test('with another key of the same user nothing stays', async t => {
  const { visits } = await opened()
  await visits.begin(visit)
  const { fingerprint } = generateUserKey(alice, today).certificate
  t.match(await visits.begin({ ...visit, fingerprint, key: null, mailbox: null, proof: null }), {
    ...{ key: null, mailbox: null, proof: null },
  })
})

t.test('the same user with another account takes the visit over', async t => {
  const { visits, told } = await opened()
  await visits.begin(visit)
  await visits.begin({ ...visit, account: other, key: null, mailbox: null })
  t.same(told.slice(1), ['guest@c.example taken-over', 'other@c.example begun'])
  t.equal(visits.byAccount(guest), null)
  t.match(visits.all(), [{ account: other, key: null, mailbox: null }])
})

t.test('an account visits as one user', async t => {
  const { visits, told } = await opened()
  await visits.begin(visit)
  await visits.begin({ ...visit, user: bob })
  t.same(told.slice(1), ['guest@c.example replaced', 'guest@c.example begun'])
  t.equal(visits.byUser(alice), null)
})

t.test(
  'of a visit that was ended the proof stays as long as it is good, and no key, over a restart',
  async t => {
    const { visits, clock, store, reopen } = await opened()
    await visits.begin(visit)
    t.equal(await visits.end(guest, 'asked'), true)
    t.equal(await visits.end(guest, 'asked'), false)
    t.same(visits.all(), [])
    const again = await reopen()
    t.same(again.sender(alice)?.proof, proof)
    t.match(again.sender(alice), { key: null, mailbox: null, certificate: null })
    clock.advance(day)
    await settled(3)
    t.equal(again.sender(alice), null)
    t.same(await store.listVisits(), [])
  },
)

t.test('of one that was ended for a revocation nothing stays', async t => {
  const { visits, store } = await opened()
  await visits.begin(visit)
  await visits.end(guest, 'revoked')
  t.equal(visits.sender(alice), null)
  t.same(await store.listVisits(), [])
})

t.test('it ends at its time', async t => {
  const { visits, clock, told, store } = await opened()
  await visits.begin(visit)
  clock.advance(day - 1)
  await settled(3)
  t.equal(visits.all().length, 1)
  clock.advance(1)
  t.equal(visits.byUser(alice), null, 'from that moment on')
  clock.advance(hour)
  await settled(3)
  t.same(told.slice(1), ['guest@c.example expired'])
  t.same(await store.listVisits(), [])
})

t.test('there are no more than wanted, and one that takes over takes no room', async t => {
  const { visits } = await opened(1)
  await visits.begin(visit)
  await visits.begin({ ...visit, account: other })
  const refusal = { code: 'visit-refused', message: /as many visitors as it takes/ }
  await t.rejects(visits.begin({ ...visit, user: bob }), refusal)
  const none = await opened(0)
  await t.rejects(none.visits.begin(visit), { code: 'visit-refused', message: /takes no visitors/ })
})

t.test('a proof that has ended is no longer one, though the visit goes on', async t => {
  const { visits, clock, told } = await opened()
  await visits.begin({ ...visit, until: today + 3 * day })
  clock.advance(day + hour)
  await settled(3)
  t.match(visits.byUser(alice), { proof: null, mailbox })
  t.same(told.slice(1), ['guest@c.example changed'])
})
