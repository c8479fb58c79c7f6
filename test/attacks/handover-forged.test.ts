// Attack: a new certificate for a known server with a forged, borrowed or withdrawn word of its old key.
import t, { type Test } from 'tap'
import { parseDomain, parseUserAddress } from '../../plugin/addresses.js'
import {
  addUserIdSignature,
  decodeServerKeys,
  generateServerKey,
  generateUserKey,
  handOver,
  parseCertificate,
  serverUserId,
  type Certificate,
  type ServerKey,
} from '../../plugin/openpgp/index.js'
import { notation } from '../../plugin/openpgp/subpackets.js'
import { firstUserId, primarySigner, revokedKey, signedBy } from '../_certificates.js'
import { createFederated } from '../_federated.js'

const b = parseDomain('b.example')
const second = 1000

async function known(t: Test) {
  const lab = createFederated()
  const [a, server] = [await lab.add('a'), await lab.add('b')]
  t.teardown(() => [a, server].forEach(each => each.stop()))
  await a.directory.meetServer(b, server.identity.shown)
  const [old] = decodeServerKeys((await server.keyFile.load()) ?? Buffer.alloc(0))
  const now = lab.clock.now()
  const next = generateServerKey(b, now)
  const other = generateServerKey(b, now)
  const refuses = async (shown: Certificate, before: readonly Certificate[] = []): Promise<void> => {
    const ring = await a.store.find('server', b)
    await t.rejects(a.directory.meetServer(b, shown, before), { code: 'key-changed' })
    t.same(await a.store.find('server', b), ring, 'nothing is written')
    t.same(await a.store.changesOf(b), [])
  }
  return { ...lab, a, old, next, other, now, refuses }
}

const handed = (from: ServerKey, to: ServerKey, now: number) => handOver(from, to, serverUserId(b), now)

t.test('the true one is taken, so that the others are refused for what they are', async t => {
  const { a, old, next, now } = await known(t)
  const { next: shown } = handed(old, next, now)
  t.equal((await a.directory.meetServer(b, shown.certificate)).fingerprint, next.certificate.fingerprint)
})

t.test('by another key that claims to be the old one', async t => {
  const { refuses, old, other, next, now } = await known(t)
  const liar = { ...primarySigner(other), key: { ...primarySigner(old).key } }
  const name = [notation('successor@p3do.invalid', Buffer.from(next.certificate.fingerprint, 'hex'))]
  await refuses(signedBy(liar, next.certificate, now, name))
  await refuses(handed(other, next, now).next.certificate, [other.certificate, old.certificate])
})

t.test('the word for one key under another', async t => {
  const { refuses, old, other, next, now } = await known(t)
  const { certificate } = handed(old, next, now).next
  const borrowed = firstUserId(certificate).signatures.at(-1)?.body ?? Buffer.alloc(0)
  await refuses(addUserIdSignature(other.certificate, firstUserId(other.certificate), borrowed))
})

t.test('a certification by the old key that is no word about a successor', async t => {
  const { refuses, old, other, next, now } = await known(t)
  await refuses(signedBy(primarySigner(old), next.certificate, now))
  const name = [notation('successor@p3do.invalid', Buffer.from(other.certificate.fingerprint, 'hex'))]
  await refuses(signedBy(primarySigner(old), next.certificate, now, name))
})

t.test('the old key took it back', async t => {
  const { refuses, old, next, now } = await known(t)
  const { certificate } = handed(old, next, now).next
  await refuses(signedBy(primarySigner(old), certificate, now + second, [], 0x30))
})

t.test(
  'the old key was stolen, which its owner said, and the thief says later that it was merely replaced',
  async t => {
    const { refuses, a, old, next, now } = await known(t)
    const disowned = revokedKey(old, now)
    const thief = handed(old, next, now + 10 * second)
    await refuses(thief.next.certificate, [disowned])
    await t.rejects(a.directory.meetServer(b, disowned), { code: 'certificate-invalid' })
    await t.rejects(a.directory.meetServer(b, thief.old.certificate), { code: 'certificate-invalid' })
    await t.rejects(a.directory.meetServer(b, thief.next.certificate, [thief.old.certificate]), {
      code: 'key-changed',
    })
    const kept = parseCertificate((await a.store.find('server', b))?.certificate ?? Buffer.alloc(0))
    t.equal(kept.signatures.length, 2, 'what the thief says is kept beside what the owner said')
  },
)

t.test('for another domain', async t => {
  const { refuses, old, now } = await known(t)
  const c = parseDomain('c.example')
  const stranger = generateServerKey(c, now)
  await refuses(handOver(old, stranger, serverUserId(c), now).next.certificate)
})

t.test('by a user whom the old key certified', async t => {
  const { refuses, next, now } = await known(t)
  const mallory = parseUserAddress('mallory@b.example')
  const name = [notation('successor@p3do.invalid', Buffer.from(next.certificate.fingerprint, 'hex'))]
  await refuses(signedBy(primarySigner(generateUserKey(mallory, now)), next.certificate, now, name))
})
