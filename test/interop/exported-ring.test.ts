// The ring as `p3do keys export` gives it, read by GnuPG and Sequoia: their verdicts beside our own, for every way in which
// a countersigned authority may write a user ID.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { parseDomain, parseUserAddress } from '../../plugin/addresses.js'
import { keysCommands } from '../../plugin/commands/index.js'
import {
  addUserIdSignature,
  armorCertificates,
  certifyUserId,
  decodeSecretKey,
  dearmorCertificates,
  generateUnwrappingKey,
  generateUserKey,
  type Certificate,
} from '../../plugin/openpgp/index.js'
import { createDnsWords, createExplainer } from '../../plugin/pki/index.js'
import { firstUserId, primarySigner, withUserId } from '../_certificates.js'
import { memoryDns } from '../_dns.js'
import { tableOf } from '../plugin/commands/_table.js'
import { createFederated } from '../_federated.js'
import { createGpg } from '../_gpg.js'
import { createSequoia } from '../_sequoia.js'

// gpg and sq have a clock of their own, so this is the real time.
const now = Date.now() - 10_000
const lab = createFederated(now)
const [a, b] = [await lab.add('a'), await lab.add('b')]
const [alice, bob] = [parseUserAddress('alice@a.example'), parseUserAddress('bob@b.example')]
const gpg = await createGpg()
t.teardown(() => gpg.destroy())
const sequoia = await createSequoia()
const folder = t.testdir()

await a.directory.publishServer()
await a.directory.meetServer(b.domain, b.identity.certificate)
await a.directory.publishUser(alice, generateUserKey(alice, now).certificate, generateUnwrappingKey().octets)
await b.directory.publishUser(bob, generateUserKey(bob, now).certificate, generateUnwrappingKey().octets)
await a.directory.keepUser(b.domain, (await b.directory.user(bob)).octets)

const dnsWords = createDnsWords({ ...a, dns: memoryDns(), dnsSeen: a.store, clock: lab.clock })
const explainer = createExplainer({ domain: a.domain, ring: a.store, directory: a.directory, dnsWords })
const change = () => Promise.reject(new Error('Nobody asked for it.'))
const commands = keysCommands({ ring: a.store, explainer, armor: armorCertificates, change })
const ring = await tableOf(commands).operate(['keys', 'export'])
const rootDigits = a.identity.fingerprint.slice(2).toUpperCase()

await gpg.run('--import', await gpg.file('ring.asc', Buffer.from(ring)))
await gpg.run('--import-ownertrust', await gpg.file('trust', Buffer.from(`${rootDigits}:6:\n`)))

t.test('both read all of it, and take everybody whom we take, as far as their rules go', async t => {
  const validities = await gpg.validities()
  t.same(Object.keys(validities).sort(), [
    'a.example <openpgp-ca@a.example>',
    'b.example <openpgp-ca@b.example>',
    'xmpp:alice@a.example',
    'xmpp:bob@b.example',
  ])
  t.equal(validities['b.example <openpgp-ca@b.example>'], 'f')
  t.equal(validities['xmpp:alice@a.example'], 'f')
  const file = join(folder, 'ring.asc')
  await writeFile(file, ring)
  for (const address of [alice, bob]) {
    t.match(await explainer.name(address), { trusted: true })
    const entry = await a.store.find('user', address)
    const digits = entry?.fingerprint.slice(2).toUpperCase() ?? ''
    t.equal(await sequoia.authenticates(file, rootDigits, digits, `xmpp:${address}`), true, address)
  }
})

/** Who takes a user ID that the authority of b certified. */
interface Takers {
  readonly ours: boolean
  readonly gpg: boolean
  readonly sq: boolean
}

const nobody: Takers = { ours: false, gpg: false, sq: false }
// We take nothing but the one form of XEP-0373. gpg evaluates the first expression of the scope alone, which knows
// mailboxes; so it takes less of ours, and mailboxes of the same domain, and below it, that we leave out. No spoofed name passes anywhere.
const cases: Readonly<Record<string, Takers>> = {
  'xmpp:bob3@b.example': { ours: true, gpg: false, sq: true },
  'xmpp:fox@p3do.b.example': { ours: true, gpg: false, sq: true },
  'Bob <bob@b.example>': { ours: false, gpg: true, sq: true },
  '<xmpp:bob2@b.example>': { ours: false, gpg: true, sq: true },
  'Fox <fox@p3do.b.example>': { ours: false, gpg: true, sq: true },
  'Bob <bob@other.b.example>': { ours: false, gpg: true, sq: true },
  'xmpp:bob@other.b.example': nobody,
  'xmpp:fox@p3do.other.b.example': nobody,
  'xmpp:fox@p3do.p3do.b.example': nobody,
  'xmpp:fox@p3doxb.example': nobody,
  'xmpp:fox@xp3do.b.example': nobody,
  'xmpp:fox@p3do.bxexample': nobody,
  'xmpp:fox@p3do.b.example.evil.org': nobody,
  'xmpp:fox@evil.org@p3do.b.example': nobody,
  'Fox xmpp:fox@p3do.b.example': nobody,
  'Fox <fox@p3doxb.example>': nobody,
  'Fox <fox@evil-b.example>': nobody,
  'xmpp:mallory@b.example.evil.org': nobody,
  'Mal xmpp:bob@b.example <mal@evil.org>': nobody,
  'xmpp:m@xb.example': nobody,
  'xmpp:bob@b.example/res': nobody,
  'Eve <eve@c.example>': nobody,
}

for (const [userId, takers] of Object.entries(cases)) {
  t.test(
    `${userId}: taken by ${
      Object.entries(takers)
        .flatMap(([who, takes]) => (takes ? who : []))
        .join(', ') || 'nobody'
    }`,
    async t => {
      const certificate = await certifiedByB(userId)
      const ours = await a.directory.keepUser(b.domain, certificate.octets).then(
        () => true,
        () => false,
      )
      await gpg.run('--import', await gpg.file('case.pgp', certificate.octets))
      const validity = (await gpg.validities())[userId]
      const file = join(folder, 'case')
      await writeFile(file, Buffer.concat([dearmorCertificates(ring), certificate.octets]))
      const digits = certificate.fingerprint.slice(2).toUpperCase()
      const sq = await sequoia.authenticates(file, rootDigits, digits, userId)
      t.same({ ours, gpg: validity === 'f', sq }, takers)
    },
  )
}

/** A key under that user ID alone, which the authority of b certifies without looking, as ours would not. */
async function certifiedByB(userId: string): Promise<Certificate> {
  const file = await b.keyFile.load()
  if (!file) throw new Error('The server has a key.')
  const key = generateUserKey(bob, now)
  const renamed = withUserId({ ...key, certificate: { ...key.certificate, userIds: [] } }, userId, now)
  const claimed = firstUserId(renamed)
  const signer = primarySigner(decodeSecretKey(file))
  const body = certifyUserId(signer, renamed.primary, claimed, { key: Buffer.alloc(32), copy: null }, now)
  return addUserIdSignature(renamed, claimed, body)
}

t.test('all that we took is on the ring of the next export, and nothing else', async t => {
  const users = await a.store.list('user', parseDomain('b.example'), -1)
  t.same(users.map(({ subject }) => subject).sort(), [
    'bob3@b.example',
    'bob@b.example',
    'fox@p3do.b.example',
  ])
})
