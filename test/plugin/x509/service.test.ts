// The X.509 authority as part of the whole plugin.
import t from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { armorCertificates, decodeSecretKey } from '../../../plugin/openpgp/index.js'
import { revokedKey } from '../../_certificates.js'
import { startMemoryServers } from '../../_memory-servers.js'
import { certificateIn } from '../../_visiting.js'

t.test('a revocation of the OpenPGP key that anybody brings takes the certificates back', async t => {
  const { servers, clock, until, stop } = await startMemoryServers({ names: ['a'] })
  t.teardown(stop)
  const [a] = servers
  if (!a) throw new Error('There is a server.')
  const alice = parseUserAddress('alice@a.example')
  await a.say(alice, null, 'help')
  const { x509, keyServer } = a.service
  await x509.issue(alice)
  t.match(await x509.list(alice), [{ revoked: null }])

  const sealed = (await a.store.loadHostedKey(alice)) ?? Buffer.alloc(0)
  const key = decodeSecretKey(a.sealer.unseal(`hosted key ${alice}`, sealed).subarray(64))
  const revoked = revokedKey(key, clock.now())
  t.equal((await keyServer.submit(armorCertificates(revoked.octets))).outcome, 'updated')
  let taken = false
  await until(() => {
    void x509.list(alice).then(([entry]) => (taken = entry?.revoked?.reason === 'key-compromise'))
    return taken
  })
  t.ok(taken)
})

t.test('a user of another server logs in by certificate, and is logged out when that is revoked', async t => {
  const { servers, elapse, until, stop } = await startMemoryServers({ names: ['a', 'c'], routeLength: 2 })
  t.teardown(stop)
  const [a, c] = servers
  if (!a || !c) throw new Error('There are two.')
  await a.say('alice@a.example', null, 'help')
  await c.learns('alice@a.example')
  const { serial, file, passphrase } = await elapse(a.service.x509.issue(parseUserAddress('alice@a.example')))
  await until(() => c.journey.some(({ event }) => event === 'fetched x509'))
  const { visitors } = c.host
  const account = await elapse(visitors.logIn(certificateIn(file, passphrase)))
  t.equal(account, 'alice\\40a.example@c.example')
  t.match(c.shown.at(-1), { user: account, contact: null, body: /You are visiting as alice@a\.example/ })
  await elapse(a.service.x509.revoke(serial, 'key-compromise'))
  await until(() => !visitors.present.has(account))
  t.notOk(visitors.present.has(account))
})
