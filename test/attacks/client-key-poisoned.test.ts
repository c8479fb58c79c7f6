// What stands on an account as a key and is none that may be certified: huge, secret, with a photo, broken, another's.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { parseUserAddress } from '../../plugin/addresses.js'
import { encodePacket } from '../../plugin/openpgp/packets.js'
import { buildCertificate } from '../../plugin/openpgp/certificate.js'
import { encodeSecretKey, generateUserKey, parseCertificate } from '../../plugin/openpgp/index.js'
import { bindSubkey } from '../../plugin/openpgp/new-certificate.js'
import { generateKey } from '../../plugin/openpgp/secret-key.js'
import { primarySigner, revokedKey, signedBy } from '../_certificates.js'
import { startMemoryServers } from '../_memory-servers.js'
import { createOxClient } from '../_ox-client.js'

const lab = await startMemoryServers({ names: ['a', 'b'] })
t.teardown(() => lab.stop())
const [a] = lab.servers
if (!a) throw new Error('A server was asked for.')
const now = lab.clock.now()
const alice = parseUserAddress('alice@a.example')
const client = createOxClient(a, alice, now)
const { certificate } = client.key
const { octets } = certificate
const photo = encodePacket(17, randomBytes(64))
const ended = generateKey(18, now - 86_400_000)

const poisons: Record<string, readonly [Buffer, RegExp]> = {
  'a huge one': [Buffer.concat([octets, randomBytes(40_000)]), /at most 32,768 are taken/],
  'its secret half': [encodeSecretKey(client.key), /secret key.*make a new key/],
  'one with a photo': [Buffer.concat([octets, photo]), /such as a photo; remove it/],
  'two at once': [
    Buffer.concat([octets, generateUserKey(alice, now).certificate.octets]),
    /more than one certificate/,
  ],
  'another’s under its fingerprint': [
    generateUserKey(alice, now).certificate.octets,
    /another one is published/,
  ],
  'one that is revoked': [revokedKey(client.key, now).octets, /It is revoked/],
  'one without signatures': [
    buildCertificate({
      ...certificate,
      userIds: certificate.userIds.map(item => ({ ...item, signatures: [] })),
    }).octets,
    /signature of its own user ID is missing/,
  ],
  'one that can not encrypt': [
    buildCertificate({ ...certificate, subkeys: [] }).octets,
    /no subkey that encrypts/,
  ],
  'one whose subkey has ended': [
    buildCertificate({
      ...certificate,
      subkeys: [bindSubkey(primarySigner(client.key), ended, 12, 3600, now - 86_400_000)],
    }).octets,
    /no subkey that encrypts/,
  ],
  'one that is cut off': [octets.subarray(0, -10), /not accepted/],
  'no OpenPGP at all': [Buffer.from('<html>'), /not accepted/],
}
for (const [name, [poison, reason]] of Object.entries(poisons)) {
  t.test(`${name} is refused with the reason, and the key of before stays`, async t => {
    await a.say(alice, null, 'help')
    const [before, shown] = [await a.store.find('user', alice), a.shown.length]
    client.publish(poison)
    await t.rejects(a.say(alice, null, 'custody client'), { code: 'custody-wrong', message: reason })
    t.equal(a.shown.length, shown, 'no code is sent')
    t.same(await a.store.find('user', alice), before)
  })
}

t.test('signatures by others are left out before it is certified', async t => {
  const others = Array.from({ length: 30 }, () => primarySigner(generateUserKey(alice, now)))
  const flooded = others.reduce((sofar, other) => signedBy(other, sofar, now), certificate)
  client.publish(flooded.octets)
  await client.takeCustody()
  const certified = (await a.store.find('user', alice))?.certificate ?? Buffer.alloc(0)
  t.equal(parseCertificate(certified).fingerprint, certificate.fingerprint)
  t.equal(parseCertificate(certified).userIds[0]?.signatures.length, 2)
})
