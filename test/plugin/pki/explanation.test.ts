// A verdict in words: for every path to a trusted key, for every reason why a key is not, and for names without a key.
import t from 'tap'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import { generateUnwrappingKey, generateUserKey, parseCertificates } from '../../../plugin/openpgp/index.js'
import { changeOwnKey, createDnsWords, createExplainer } from '../../../plugin/pki/index.js'
import type { DnsLookup, Fingerprint } from '../../../plugin/ports.js'
import { day, revokedKey, today } from '../../_certificates.js'
import { memoryDns, silentDns } from '../../_dns.js'
import { createFederated } from '../../_federated.js'

const [alice, bob] = [parseUserAddress('alice@a.example'), parseUserAddress('bob@b.example')]
const b = parseDomain('b.example')
const ends = (days: number): string => new Date(today + days * day).toISOString().slice(0, 10)

/** a, who met b; each has a user, and a knows both. */
async function rig(dnsOf: (b: Fingerprint) => DnsLookup = () => memoryDns()) {
  const lab = createFederated(today)
  const [a, peer] = [await lab.add('a'), await lab.add('b')]
  await a.directory.publishServer()
  await a.directory.meetServer(b, peer.identity.certificate)
  const keys = { alice: generateUserKey(alice, today), bob: generateUserKey(bob, today) }
  await a.directory.publishUser(alice, keys.alice.certificate, generateUnwrappingKey().octets)
  await peer.directory.publishUser(bob, keys.bob.certificate, generateUnwrappingKey().octets)
  await a.directory.keepUser(b, (await peer.directory.user(bob)).octets)
  const dnsWords = createDnsWords({
    directory: a.directory,
    dns: dnsOf(peer.identity.fingerprint),
    dnsSeen: a.store,
    clock: lab.clock,
  })
  const explainer = createExplainer({ domain: a.domain, ring: a.store, directory: a.directory, dnsWords })
  const words = async (name: string) => (await explainer.name(name)).words
  return { ...lab, a, peer, keys, explainer, words }
}

t.test('the own server and its user', async t => {
  const { words, explainer, keys } = await rig()
  t.equal(await words('a.example'), 'a.example: trusted: it is this server itself.')
  t.equal(
    await words('Alice@A.example'),
    `alice@a.example: trusted since 2026-06-01: certified by a.example, this server, on 2026-06-01. Next to end: the certification by a.example, on ${ends(90)}.`,
  )
  t.match(await explainer.name(alice), { trusted: true, fingerprint: keys.alice.certificate.fingerprint })
})

t.test('a countersigned server and its user, with what DNS says and the pin', async t => {
  const { a, peer, words } = await rig(fpr =>
    memoryDns({ '_p3do.b.example': [`v=P3DO1; st=active; fpr=${fpr}; id=1`] }, 'secure'),
  )
  t.equal(
    await words('b.example'),
    `b.example: trusted since 2026-06-01: this server countersigned on 2026-06-01, DNS names it, proven by DNSSEC. Next to end: the countersignature of b.example, on ${ends(180)}.`,
  )
  a.directory.pin(b, peer.identity.fingerprint)
  t.equal(
    await words('bob@b.example'),
    `bob@b.example: trusted since 2026-06-01: certified by b.example on 2026-06-01, whose key this server countersigned on 2026-06-01, DNS names it, proven by DNSSEC, pinned by the admin. Next to end: the certification by b.example, on ${ends(90)}.`,
  )
})

t.test('every answer of DNS has its words, and is asked for once in ten minutes', async t => {
  const other = `v=P3DO1; st=active; fpr=04${'ab'.repeat(20)}; id=1`
  const named = (text: string, security: 'secure' | 'insecure' = 'insecure') =>
    memoryDns({ '_p3do.b.example': [text] }, security)
  const cases: [(fpr: Fingerprint) => DnsLookup, RegExp][] = [
    [() => memoryDns(), /DNS says nothing of it\./],
    [fpr => named(`v=P3DO1; st=active; fpr=${fpr}; id=1`), /DNS names it, without proof by DNSSEC\./],
    [() => named(other), /DNS names another key \(which DNS alone does not change\)\./],
    [() => named('v=P3DO1; st=nonsense'), /DNS has records that cannot be relied on\./],
    [silentDns, /DNS does not answer now\./],
  ]
  for (const [dnsOf, wanted] of cases) {
    let asked = 0
    const { words, clock } = await rig(fpr => {
      const dns = dnsOf(fpr)
      return { ...dns, texts: name => (asked++, dns.texts(name)) }
    })
    for (let time = 0; time < 2; time++) t.match(await words('b.example'), wanted)
    t.equal(asked, 1)
    clock.advance(600_000)
    await words('b.example')
    t.equal(asked, 2)
  }
})

t.test('while DNS lags behind a new key, it is said to name the one that handed over', async t => {
  const { a, peer, words } = await rig(fpr =>
    memoryDns({ '_p3do.b.example': [`v=P3DO1; st=active; fpr=${fpr}; id=1`] }, 'secure'),
  )
  await changeOwnKey(peer.identity, peer.directory, peer.federation)
  const [received, ...before] = parseCertificates(await peer.directory.presentation())
  await a.directory.meetServer(b, received, before)
  t.match(await words('b.example'), 'DNS still names the key that handed over to it, proven by DNSSEC. Next')
})

t.test('what ended says when, and what was not renewed is not trusted', async t => {
  const { words, clock } = await rig()
  clock.advance(91 * day)
  t.equal(
    await words(bob),
    `bob@b.example: not trusted: what its server certified has ended and was not renewed, as when the account is gone (on ${ends(90)}).`,
  )
  clock.advance(90 * day)
  t.equal(
    await words('b.example'),
    `b.example: not trusted: the countersignature of this server has ended and was not renewed (on ${ends(180)}).`,
  )
  t.match(
    await words(bob),
    /the key of its server is not trusted here\. Of b\.example: the countersignature of this/,
  )
})

t.test('a certification that was taken back, and a key that its owner revoked', async t => {
  const { a, peer, keys, words, clock } = await rig()
  clock.advance(1000)
  await a.directory.revokeUser(alice)
  t.equal(await words(alice), 'alice@a.example: not trusted: its server took back what it had certified.')
  const entry = await a.store.find('user', bob)
  if (!entry) throw new Error('It is not on the ring.')
  const revoked = revokedKey(keys.bob, clock.now())
  await a.directory.amend(entry, revoked.octets)
  t.equal(
    await words(bob),
    'bob@b.example: not trusted: its owner revoked it, because it was lost, stolen or replaced.',
  )
  t.ok(peer)
})

t.test('a server that is pinned to another key is not trusted, nor are its users', async t => {
  const { a, words } = await rig()
  a.directory.pin(b, `04${'cd'.repeat(20)}` as Fingerprint)
  t.equal(await words('b.example'), 'b.example: not trusted: this server has not countersigned it.')
  t.equal(
    await words(bob),
    'bob@b.example: not trusted: the key of its server is not trusted here. Of b.example: this server has not countersigned it.',
  )
})

t.test('a name without a key says what would bring one', async t => {
  const { words, explainer } = await rig()
  t.match(await words('anna@a.example'), /^anna@a\.example: no key is known here\. A key is made when/)
  t.match(await words('carol@c.example'), /because c\.example and this server have never federated\.$/)
  t.match(
    await words('c.example'),
    /^c\.example: no key is known here; the two servers have never federated\.$/,
  )
  t.match(await explainer.name('c.example'), { trusted: false, fingerprint: null })
  for (const name of ['', 'not_a_domain', '@a.example', 'a b@c.example'])
    await t.rejects(explainer.name(name), { code: 'bad-format' }, name)
})

t.test('nobody asks DNS about a server that is not known here', async t => {
  const asked: string[] = []
  const { words } = await rig(() => ({
    ...memoryDns(),
    texts: name => (asked.push(name), Promise.resolve({ texts: [], security: 'insecure' as const })),
  }))
  await words('c.example')
  await words('carol@c.example')
  t.same(asked, [])
})
