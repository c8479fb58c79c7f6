// Attack: somebody has a server at p3do.b.example, where pseudonyms of b.example have their addresses, to speak for them; or b.example
// wants to speak for the users of such a server. Such a domain is no server for anybody, and one address has one server.
import t from 'tap'
import { parseDomain, parseUserAddress } from '../../plugin/addresses.js'
import {
  addUserIdSignature,
  certifyServer,
  certifyUserId,
  generateServerKey,
  generateUserKey,
  type Certificate,
  type ServerKey,
} from '../../plugin/openpgp/index.js'
import { createAuthority, serverTrusted, userTrusted } from '../../plugin/pki/index.js'
import type { Domain } from '../../plugin/ports.js'
import { firstUserId, primarySigner, today } from '../_certificates.js'
import { createFederated } from '../_federated.js'
import { createVirtualClock } from '../_virtual-clock.js'

const [a, b, above] = [parseDomain('a.example'), parseDomain('b.example'), parseDomain('p3do.b.example')]
const own = generateServerKey(a, today)
const [home, usurper] = [generateServerKey(b, today), generateServerKey(above, today)]
const fox = parseUserAddress('fox@p3do.b.example')

function countersigned({ certificate }: ServerKey, domain: Domain): Certificate {
  const userId = firstUserId(certificate)
  const body = certifyServer(primarySigner(own), certificate.primary, userId, domain, today)
  return addUserIdSignature(certificate, userId, body)
}

function certified(by: ServerKey, address: string): Certificate {
  const { certificate } = generateUserKey(parseUserAddress(address), today)
  const userId = firstUserId(certificate)
  const body = certifyUserId(
    primarySigner(by),
    certificate.primary,
    userId,
    { key: Buffer.alloc(32, 5), copy: null },
    today,
  )
  return addUserIdSignature(certificate, userId, body)
}

t.test('the server at that domain certifies no pseudonym', async t => {
  const authority = countersigned(usurper, above)
  t.equal((await userTrusted(certified(usurper, fox), fox, authority, today)).trusted, false)
})

t.test('the server of the users does, and nobody of the same name one level deeper', async t => {
  const authority = countersigned(home, b)
  t.equal((await userTrusted(certified(home, fox), fox, authority, today)).trusted, true)
  const deeper = parseUserAddress('fox@p3do.p3do.b.example')
  t.equal((await userTrusted(certified(home, deeper), deeper, authority, today)).trusted, false)
  const cousin = parseUserAddress('fox@p3do.c.example')
  t.equal((await userTrusted(certified(home, cousin), cousin, authority, today)).trusted, false)
})

t.test('nobody trusts it as a server, whoever countersigned it, and nobody countersigns it', async t => {
  const reason = { trusted: false, reason: 'scope-wrong' }
  t.same(await serverTrusted(own.certificate, countersigned(usurper, above), above, today), reason)
  const authority = createAuthority(own, a, createVirtualClock(today))
  await t.rejects(authority.countersign(usurper.certificate.octets, above), { code: 'certificate-invalid' })
})

t.test('it federates with nobody, also with who was told to', async t => {
  const lab = createFederated()
  const honest = await lab.add('a', { peers: ['b', 'p3do.b'] })
  const servers = [honest, await lab.add('b', { peers: ['a'] }), await lab.add('p3do.b', { peers: ['a'] })]
  t.teardown(() => {
    for (const server of servers) server.stop()
  })
  for (const { federation } of servers) federation.start()
  await lab.pass(5000)
  t.same(honest.peers(), ['b.example'])
  t.equal(await honest.directory.server(above), null)
})
