// What others certified of a user is kept where the user approves, verified first, and goes when approval is taken back.
import t from 'tap'
import { parseDomain } from '../../../plugin/addresses.js'
import {
  addUserIdSignature,
  approveCertifications,
  generateServerKey,
  generateUserKey,
  parseCertificate,
  type Certificate,
} from '../../../plugin/openpgp/index.js'
import { issuerKeyIdOf, signatureType, type Signature } from '../../../plugin/openpgp/signature.js'
import { firstUserId, primarySigner, signedBy } from '../../_certificates.js'
import { aliceAddress, createKeyServers } from '../../_key-servers.js'

const { a, alice, bob, clock, keyServer, entry } = await createKeyServers()
const stored = async () => parseCertificate((await entry('user', aliceAddress)).certificate)
const by = (certificate: Certificate, { primary }: Certificate) =>
  firstUserId(certificate).signatures.filter(item => issuerKeyIdOf(item) === primary.keyId)
const approving = (certificate: Certificate, approved: readonly Signature[]): Certificate => {
  clock.advance(1000)
  const userId = firstUserId(certificate)
  const body = approveCertifications(primarySigner(alice), userId, approved, clock.now())
  return addUserIdSignature(certificate, userId, body)
}
const submit = async ({ octets }: Certificate) => (await keyServer.submit(octets)).outcome
const byBob = signedBy(primarySigner(bob), alice.certificate, clock.now())

t.test('a certification by another user is left out without approval', async t => {
  t.equal(await submit(byBob), 'unchanged')
  t.equal(by(await stored(), bob.certificate).length, 0)
})

t.test('an approved one is kept and given out, beside that of the authority', async t => {
  t.equal(await submit(approving(byBob, by(byBob, bob.certificate))), 'updated')
  t.equal(by(await stored(), bob.certificate).length, 1)
  t.equal(by(await stored(), a.identity.certificate).length, 1)
  const [found] = await keyServer.byIdentity('xmpp:alice@a.example')
  t.ok(found?.certificate.equals((await stored()).octets))
})

t.test(
  'an approved one by an issuer that is not known here is left out, because nobody can verify it',
  async t => {
    const stranger = generateServerKey(parseDomain('c.example'), clock.now())
    const signed = signedBy(primarySigner(stranger), byBob, clock.now())
    const approved = [...by(signed, bob.certificate), ...by(signed, stranger.certificate)]
    t.equal(await submit(approving(signed, approved)), 'updated', 'the approval itself is new')
    t.equal(by(await stored(), stranger.certificate).length, 0)
    t.equal(by(await stored(), bob.certificate).length, 1)
  },
)

t.test('an approved one that is forged is left out', async t => {
  const impostor = generateUserKey(aliceAddress, clock.now())
  const forged = signedBy(
    { ...primarySigner(impostor), key: a.identity.certificate.primary },
    await stored(),
    clock.now(),
  )
  const [before, latest] = [await stored(), by(forged, a.identity.certificate).at(-1)]
  t.equal(await submit(approving(forged, latest ? [latest, ...by(byBob, bob.certificate)] : [])), 'updated')
  t.strictSame(by(await stored(), a.identity.certificate), by(before, a.identity.certificate))
})

t.test('whoever certified takes it back without asking; a stranger cannot pretend to', async t => {
  const revocation = signatureType.certificationRevocation
  const pretended = signedBy(
    { ...primarySigner(alice), key: bob.certificate.primary },
    byBob,
    clock.now(),
    [],
    revocation,
  )
  t.equal(await submit(pretended), 'unchanged')
  const taken = signedBy(primarySigner(bob), byBob, clock.now(), [], revocation)
  t.equal(await submit(taken), 'updated')
  t.strictSame(
    by(await stored(), bob.certificate).map(({ type }) => type),
    [signatureType.genericCertification, revocation],
  )
})

t.test('when approval is taken back the certification goes, and a revocation stays', async t => {
  t.equal(await submit(approving(alice.certificate, [])), 'updated')
  t.strictSame(
    by(await stored(), bob.certificate).map(({ type }) => type),
    [signatureType.certificationRevocation],
  )
  t.equal(by(await stored(), a.identity.certificate).length, 1, 'the authority needs no approval')
  t.equal(await submit(byBob), 'unchanged')
})

t.test('an old approval does not come back', async t => {
  clock.advance(-500_000)
  t.equal(await submit(approving(byBob, by(byBob, bob.certificate))), 'unchanged')
  t.equal(by(await stored(), bob.certificate).length, 1)
})

t.test('of many approved ones a fixed number is kept', async t => {
  const { a, b, alice, clock, keyServer, entry } = await createKeyServers()
  const crowd = Array.from({ length: 40 }, (_, at) =>
    generateServerKey(parseDomain(`c${at}.example`), clock.now()),
  )
  for (const { certificate } of crowd) {
    const domain = parseDomain(firstUserId(certificate).userId.split(' ')[0] ?? '')
    await b.directory.meetServer(domain, certificate)
    await a.directory.meetServer(domain, certificate)
  }
  const signed = crowd.reduce((all, one) => signedBy(primarySigner(one), all, clock.now()), alice.certificate)
  const approved = firstUserId(signed).signatures.slice(firstUserId(alice.certificate).signatures.length)
  const userId = firstUserId(signed)
  const body = approveCertifications(primarySigner(alice), userId, approved, clock.now())
  t.match(await keyServer.submit(addUserIdSignature(signed, userId, body).octets), { outcome: 'updated' })
  const { signatures } = firstUserId(parseCertificate((await entry('user', aliceAddress)).certificate))
  t.equal(
    signatures.filter(item => crowd.some(one => issuerKeyIdOf(item) === one.certificate.primary.keyId))
      .length,
    32,
  )
})
