// Somebody publishes a key that claims to be another's: only exactly the own address, alone, is certified.
import t from 'tap'
import { parseUserAddress } from '../../plugin/addresses.js'
import { buildCertificate, type Certificate } from '../../plugin/openpgp/certificate.js'
import { selfCertify } from '../../plugin/openpgp/new-certificate.js'
import { generateUserKey, parseCertificate, signerOf, type UserKey } from '../../plugin/openpgp/index.js'
import { startMemoryServers } from '../_memory-servers.js'
import { createOxClient } from '../_ox-client.js'

const lab = await startMemoryServers({ names: ['a', 'b'] })
t.teardown(() => lab.stop())
const [a] = lab.servers
if (!a) throw new Error('A server was asked for.')
const now = lab.clock.now()
const mallory = parseUserAddress('mallory@a.example')

/** A key as Mallory can make it: valid, with these user IDs, each signed by itself. */
function keyFor(...userIds: string[]): UserKey {
  const key = generateUserKey(mallory, now)
  const { primary, subkeys } = key.certificate
  const claims = userIds.map(userId => selfCertify(signerOf(key, primary), userId, 3, 1, now).userIds)
  const certificate: Certificate = buildCertificate({
    primary,
    signatures: [],
    userIds: claims.flat(),
    subkeys,
  })
  return { ...key, certificate: parseCertificate(certificate.octets) }
}

const spoofs: Record<string, string[]> = {
  'the address of another user': ['xmpp:alice@a.example'],
  'the own address and that of another': ['xmpp:mallory@a.example', 'xmpp:alice@a.example'],
  'the own address and a mail address': ['xmpp:mallory@a.example', 'Alice <alice@a.example>'],
  'the address of a user of another server': ['xmpp:mallory@b.example'],
  'the own address as a part': ['Alice xmpp:mallory@a.example'],
  'the own address with a resource': ['xmpp:mallory@a.example/alice'],
  'the own address in capitals': ['xmpp:Mallory@a.example'],
  'the own address with a zero octet': ['xmpp:mallory@a.example\0'],
  'the own address without a scheme': ['mallory@a.example'],
  'the user ID of the server': ['a.example <openpgp-ca@a.example>'],
}
for (const [name, userIds] of Object.entries(spoofs)) {
  t.test(`${name} is refused, and the key of before stays`, async t => {
    await a.say(mallory, null, 'help')
    const before = await a.store.find('user', mallory)
    createOxClient(a, mallory, now, keyFor(...userIds)).publish()
    const shown = a.shown.length
    const refusal = { code: 'custody-wrong', message: /exactly one user ID, xmpp:mallory@a\.example/ }
    await t.rejects(a.say(mallory, null, 'custody client'), refusal)
    t.equal(a.shown.length, shown, 'no code is sent')
    t.same(await a.store.find('user', mallory), before)
    t.equal(await a.store.find('user', 'alice@a.example'), null)
  })
}

t.test('the own address alone, made in the same way, gets a code', async t => {
  createOxClient(a, mallory, now, keyFor('xmpp:mallory@a.example')).publish()
  await a.say(mallory, null, 'custody client')
  t.match(a.shown.at(-1)?.body, /A code was sent to you/)
})
