// Who may visit while the own server is away: as long as what it certified lasts, and no longer.
import t from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { generateUnwrappingKey, generateUserKey } from '../../../plugin/openpgp/index.js'
import { ensureVisitor } from '../../../plugin/visits/visitor.js'
import { day, hour } from '../../_certificates.js'
import { createFederated } from '../../_federated.js'

const alice = parseUserAddress('alice@a.example')
const field = { name: 'address', label: 'Address' }

async function rig() {
  const lab = createFederated()
  const a = await lab.add('a', { peers: ['c'] })
  const c = await lab.add('c', { peers: ['a'] })
  for (const server of [a, c]) server.federation.start()
  await lab.pass(10_000, 10)
  const key = generateUserKey(alice, lab.clock.now())
  await a.directory.publishUser(alice, key.certificate, generateUnwrappingKey().octets)
  await c.directory.keepUser(a.domain, (await a.directory.user(alice)).octets)
  a.stop()
  t.teardown(() => {
    c.stop()
  })
  const judge = () => ensureVisitor(c, alice, field)
  return { ...lab, a, c, key, judge }
}

t.test('a user whose certification lasts may, though the own server is away', async t => {
  const { judge, key } = await rig()
  t.equal((await judge()).fingerprint, key.certificate.fingerprint)
})

t.test('when it has ended, not', async t => {
  const { judge, pass } = await rig()
  await pass(91 * day, 6 * hour)
  const message = /^Address: the key of this user is not trusted: what its server certified has ended/
  await t.rejects(judge(), { field: 'address', message })
})

t.test('nor when the admin has taken the trust of the own server away', async t => {
  const { judge, c, a } = await rig()
  c.directory.pin(a.domain, c.identity.fingerprint)
  await t.rejects(judge(), { message: /^Address: the server of this address is not trusted here now/ })
})
