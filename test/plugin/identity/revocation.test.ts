// The end of a key: by its user, by a bare revocation that anybody brings, by an admin; peers learn of each.
import t from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { encodePacket, packetType } from '../../../plugin/openpgp/packets.js'
import { revokeKey } from '../../../plugin/openpgp/index.js'
import { startMemoryServers } from '../../_memory-servers.js'
import { createOxClient } from '../../_ox-client.js'

const lab = await startMemoryServers({ names: ['a', 'b'] })
t.teardown(() => lab.stop())
const [a, b] = lab.servers
if (!a || !b) throw new Error('Two servers were asked for.')
const [alice, anna, bob] = ['alice@a.example', 'anna@a.example', 'bob@b.example'].map(parseUserAddress) as [
  ReturnType<typeof parseUserAddress>,
  ReturnType<typeof parseUserAddress>,
  ReturnType<typeof parseUserAddress>,
]
const said = () => a.shown.at(-1)?.body ?? ''
const keyOf = async (user: typeof alice) =>
  (await a.store.find('user', user))?.fingerprint.slice(2).toUpperCase() ?? ''
const refusedAtB = (message: RegExp) => ({ code: 'recipient-untrusted', message })

t.before(async () => {
  for (const user of [alice, anna]) await a.say(user, null, 'help')
  await b.say(bob, null, 'help')
  for (const user of [alice, anna]) await b.learns(user)
  await a.learns(bob)
})

t.test('a user who says revoke is asked whether he means it', async t => {
  for (const text of ['revoke', 'revoke 1234', `revoke ${await keyOf(anna)}`]) {
    await a.say(alice, null, text)
    t.match(said(), new RegExp(`If you mean it, write: revoke ${await keyOf(alice)}`, 'u'), text)
  }
  await b.host.keyOf(alice)
})

t.test('revoked, a hosted key is no longer trusted anywhere, and sends nothing', async t => {
  await a.say(alice, null, `revoke ${await keyOf(alice)}`)
  t.match(said(), /is revoked, and everybody is told/)
  await lab.pass(1000)
  await t.rejects(b.say(bob, alice, 'too late'), refusedAtB(/revoked/))
  await t.rejects(a.say(alice, bob, 'too late'), {
    code: 'custody-wrong',
    message: /Nobody trusts your key.*revoked/,
  })
  await a.say(alice, null, 'custody')
  t.match(said(), /Nobody trusts it now: it is revoked/)
  t.same(await a.host.accounts.listedKeys(alice), [])
  const described = await a.service.keyServer.describe((await a.service.keyServer.search(alice))[0] as never)
  t.equal(described.state, 'revoked')
})

t.test('with a new key all goes on', async t => {
  const old = await keyOf(alice)
  await a.say(alice, null, 'custody hosted')
  t.not(await keyOf(alice), old)
  await lab.pass(1000)
  await b.say(bob, alice, 'to the new key')
  await lab.until(() => said() === 'to the new key')
  t.same(
    (await a.host.accounts.listedKeys(alice)).map(item => item.fingerprint.slice(2).toUpperCase()),
    [await keyOf(alice)],
  )
})

t.test('a revocation that anybody brings to the key server ends the use of a client’s key', async t => {
  const client = createOxClient(a, alice, lab.clock.now())
  client.publish()
  await client.takeCustody()
  await lab.pass(1000)
  const [revocation] = revokeKey(client.key, lab.clock.now()).signatures
  const bare = encodePacket(packetType.signature, revocation?.body ?? Buffer.alloc(0))
  t.equal((await a.service.keyServer.submit(bare)).outcome, 'updated')
  await lab.pass(1000)
  await t.rejects(b.say(bob, alice, 'too late'), refusedAtB(/revoked/))
  await t.rejects(client.write(bob, 'too late'), { code: 'custody-wrong', message: /Nobody trusts your key/ })
  t.same(await a.host.accounts.listedKeys(alice), [])
})

t.test('an admin takes a certification back, at the terminal', async t => {
  t.match(await a.service.operate(['users', 'revoke', anna]), /not certified any more, and everybody is told/)
  await lab.pass(1000)
  await t.rejects(b.say(bob, anna, 'too late'), refusedAtB(/took back what it had certified/))
  await t.rejects(a.say(anna, bob, 'too late'), { code: 'custody-wrong', message: /certification revoked/ })
  const unknown = { code: 'recipient-unknown' }
  await t.rejects(a.service.operate(['users', 'revoke', 'nobody@a.example']), unknown)
  await t.rejects(a.service.operate(['users', 'revoke', bob]), unknown)
  await t.rejects(a.service.operate(['users', 'revoke', 'anna']), {
    code: 'command-invalid',
    message: /^Address: /,
  })
})

t.test('the user gets another key, and never the same one again', async t => {
  const client = createOxClient(a, anna, lab.clock.now())
  client.publish()
  await client.takeCustody()
  t.equal(await keyOf(anna), client.key.certificate.fingerprint.slice(2).toUpperCase())
  t.equal(await a.service.revokeUser(anna), true)
  await lab.pass(2000)
  client.publish()
  await t.rejects(client.takeCustody(), {
    code: 'custody-wrong',
    message: /took the certification of this key back/,
  })
  const other = createOxClient(a, anna, lab.clock.now())
  other.publish()
  await other.takeCustody()
  await lab.pass(1000)
  t.equal((await b.host.keyOf(anna)).fingerprint, other.key.certificate.fingerprint)
})

t.test('a key that was revoked comes back neither as a copy from before nor after another', async t => {
  const client = createOxClient(a, alice, lab.clock.now())
  const described = async () => {
    const [entry] = await a.service.keyServer.byKey(client.key.certificate.fingerprint.slice(2))
    return entry && (await a.service.keyServer.describe(entry)).state
  }
  client.publish()
  await client.takeCustody()
  const [revocation] = revokeKey(client.key, lab.clock.now()).signatures
  await a.service.keyServer.submit(encodePacket(packetType.signature, revocation?.body ?? Buffer.alloc(0)))
  const revoked = { code: 'custody-wrong', message: /it was revoked/ }
  client.publish()
  await t.rejects(client.takeCustody(), revoked)
  await a.say(alice, null, 'custody hosted')
  t.equal(await described(), 'revoked', 'whoever has it still learns that')
  client.publish()
  await t.rejects(client.takeCustody(), revoked)
  await lab.pass(1000)
  t.not((await b.host.keyOf(alice)).fingerprint, client.key.certificate.fingerprint)
})

t.test('a key whose certification was taken back does not come back after another', async t => {
  const client = createOxClient(a, anna, lab.clock.now())
  client.publish()
  await client.takeCustody()
  await a.service.revokeUser(anna)
  await a.say(anna, null, 'custody hosted')
  client.publish()
  await t.rejects(client.takeCustody(), { code: 'custody-wrong', message: /took the certification/ })
})
