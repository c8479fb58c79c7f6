// Users of a peer on this key server: found from the copies of the ring exchange while their own server is away, as long as
// what it certified is good; and what others certified of them comes along where they approve.
import t, { type Test } from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import {
  addUserIdSignature,
  approveCertifications,
  generateUserKey,
  parseCertificate,
} from '../../../plugin/openpgp/index.js'
import { issuerKeyIdOf } from '../../../plugin/openpgp/signature.js'
import { firstUserId, primarySigner, signedBy } from '../../_certificates.js'
import { createFederated } from '../../_federated.js'
import { bobAddress, serveKeys } from '../../_key-servers.js'

const day = 86_400_000
const bethAddress = parseUserAddress('beth@b.example')
const mailbox = Buffer.alloc(32, 5)

async function federated(t: Test) {
  const lab = createFederated()
  const [a, b] = [await lab.add('a', { peers: ['b'] }), await lab.add('b', { peers: ['a'] })]
  t.teardown(() => {
    for (const server of [a, b]) server.stop()
  })
  const publish = async (address = bobAddress) => {
    const key = generateUserKey(address, lab.clock.now())
    await b.directory.publishUser(address, key.certificate, mailbox)
    return key
  }
  const bob = await publish()
  for (const server of [a, b]) {
    await server.directory.publishServer()
    server.federation.start()
  }
  await lab.pass(5000)
  return { ...lab, a, b, bob, publish, served: serveKeys(a, lab.clock, {}) }
}

t.test('they are found while their server is away, until what it certified ends', async t => {
  const { a, b, bob, clock, network, pass, served } = await federated(t)
  const { app } = served
  const digits = bob.certificate.fingerprint.slice(2)
  const status = async (path: string) => (await app.inject(path)).statusCode
  const byName = [
    '/pks/lookup?op=get&search=bob@b.example',
    '/pks/v2/certs/by-identity/xmpp:bob@b.example',
    '/pks/v2/canonical/xmpp:bob@b.example',
  ]
  b.stop()
  network.setReachable(b.domain, false)
  const gone = clock.now()
  await pass(80 * day, day / 4)
  t.ok(a.count('ring exchanges failed') > 0, 'nothing comes from the peer any more')
  for (const path of byName) t.equal(await status(path), 200, path)
  const [index] = (await app.inject('/pks/v2/index/xmpp:bob@b.example')).json<{ userIDs: object[] }[]>()
  t.match(index, { fingerprint: digits, userIDs: [{ confidence: 120 }] })
  t.match((await app.inject(`/pks/lookup?op=vindex&search=0x${digits}`)).body, /certified by b\.example/)
  await pass(gone + 91 * day - clock.now(), day / 4)
  for (const path of byName) t.equal(await status(path), 404, path)
  const page = await app.inject(`/pks/lookup?op=vindex&search=0x${digits}`)
  t.equal(page.statusCode, 200, 'by its fingerprint it is found whatever its state')
  t.match(page.body, /not trusted/)
})

t.test('what others certified of them comes along with their approval, and goes with it', async t => {
  const { b, bob, clock, pass, publish, served } = await federated(t)
  const beth = await publish(bethAddress)
  const known = async (by: typeof beth) => {
    await pass(5000)
    const { certificate } = await served.entry('user', bobAddress)
    const { signatures } = firstUserId(parseCertificate(certificate))
    return signatures.filter(item => issuerKeyIdOf(item) === by.certificate.primary.keyId).length
  }
  const bring = async (certificate: typeof beth.certificate) => {
    const entry = await b.store.find('user', bobAddress)
    return entry !== null && b.directory.amend(entry, certificate.octets, [beth.certificate.primary.keyId])
  }
  const signed = signedBy(primarySigner(beth), bob.certificate, clock.now())
  const approving = (approve: boolean) => {
    const userId = firstUserId(signed)
    const byBeth = userId.signatures.filter(item => issuerKeyIdOf(item) === beth.certificate.primary.keyId)
    const body = approveCertifications(primarySigner(bob), userId, approve ? byBeth : [], clock.now())
    return addUserIdSignature(signed, userId, body)
  }
  t.equal(await known(beth), 0)
  t.equal(await bring(approving(true)), true)
  t.equal(await known(beth), 1, 'with approval')
  t.equal(await bring(approving(false)), true)
  t.equal(await known(beth), 0, 'approval was taken back')
})
