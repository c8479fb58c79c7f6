// Countersignatures are renewed long before they end, so that nobody is a stranger in between.
import t from 'tap'
import { decodeSecretKey } from '../../../plugin/openpgp/index.js'
import { subpacket, subpacketType } from '../../../plugin/openpgp/subpackets.js'
import { lifetime, primarySigner, signedBy } from '../../_certificates.js'
import { createFederated } from '../../_federated.js'

const day = 86_400_000

async function met() {
  const lab = createFederated()
  const [a, b] = [await lab.add('a'), await lab.add('b')]
  const meet = () => a.directory.meetServer(b.domain, b.identity.shown)
  const span = async () => {
    const entry = await a.store.find('server', b.domain)
    return entry && (await a.directory.certified(entry))
  }
  await meet()
  return { ...lab, a, b, meet, span }
}

t.test('a contact after half of its time makes a new one, an earlier contact does not', async t => {
  const { a, b, clock, meet, span } = await met()
  const first = await span()
  clock.advance(89 * day)
  await b.identity.renew()
  await meet()
  t.same(await span(), first)
  clock.advance(day)
  await b.identity.renew()
  await meet()
  t.equal((await span())?.since, (first?.since ?? 0) + 90 * day)
  clock.advance(179 * day)
  t.ok(await a.directory.server(b.domain), 'it goes on counting when the first one has ended')
})

t.test('one that was taken back is not renewed', async t => {
  const { a, b, clock, meet } = await met()
  const entry = await a.store.find('server', b.domain)
  if (!entry) throw new Error('It was met.')
  await a.store.put({ ...entry, certificate: a.identity.authority.revoke(entry.certificate, b.domain) })
  clock.advance(100 * day)
  await b.identity.renew()
  await t.rejects(meet(), { code: 'certificate-invalid' })
  t.equal(await a.directory.server(b.domain), null)
})

// What the servers that are out there have signed.
const scopeOfAccounts = [
  subpacket(subpacketType.trust, Buffer.of(1, 120), true),
  subpacket(subpacketType.regex, Buffer.from('<[^>]+[@.]b\\.example>$\0'), true),
  subpacket(subpacketType.regex, Buffer.from('^xmpp:[^@/]+@b\\.example$\0'), true),
]

t.test('one whose scope has no pseudonyms counts until its renewal, which has them', async t => {
  const { a, b, clock, meet } = await met()
  const key = decodeSecretKey((await a.keyFile.load()) ?? Buffer.alloc(0))
  const entry = await a.store.find('server', b.domain)
  if (!entry) throw new Error('It was met.')
  const more = [lifetime(180 * 86_400), ...scopeOfAccounts]
  const { octets } = signedBy(primarySigner(key), b.identity.certificate, clock.now(), more)
  await a.store.put({ ...entry, certificate: octets })
  const names = async () =>
    (await a.store.find('server', b.domain))?.certificate.includes('(b\\.example|p3do\\.b\\.example)')
  for (const days of [0, 89]) {
    clock.advance(days * day)
    await b.identity.renew()
    await meet()
    t.ok(await a.directory.server(b.domain))
    t.equal(await names(), false, String(days))
  }
  clock.advance(day)
  await b.identity.renew()
  await meet()
  t.equal(await names(), true)
  t.ok(await a.directory.server(b.domain))
})
