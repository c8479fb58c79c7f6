// The server key: made, rotated, written to its file and read, with OpenPGP.js as judge.
import * as openpgp from 'openpgp'
import t from 'tap'
import { parseDomain } from '../../../plugin/addresses.js'
import {
  addRoutingKey,
  currentRoutingKey,
  decodeSecretKey,
  encodeSecretKey,
  generateServerKey,
  needsRoutingKey,
  openLayer,
  routingKeys,
  signDocument,
  unwrappingKey,
  wrapLayer,
  wrappingKey,
} from '../../../plugin/openpgp/index.js'
import { day, revokedKey, today } from '../../_certificates.js'

const server = generateServerKey(parseDomain('a.example'), today)
const rotated = addRoutingKey(server, today + 7 * day)

t.test('its one user ID is what an organisation bridges to', async t => {
  t.same(
    server.certificate.userIds.map(item => item.userId),
    ['a.example <openpgp-ca@a.example>'],
  )
})

t.test('a routing key is due after a week', async t => {
  t.equal(await needsRoutingKey(server, today + 7 * day - 1000), false)
  t.equal(await needsRoutingKey(server, today + 7 * day), true)
  t.equal(await needsRoutingKey(rotated, today + 7 * day), false)
  t.equal(await needsRoutingKey(server, today + 60 * day), true)
})

t.test('after a rotation the old key still opens, and others wrap to the new one', async t => {
  const [old, fresh, ...more] = await routingKeys(rotated, today + 8 * day)
  t.same(more, [])
  t.same([old?.notBefore, old?.notAfter], [today, today + 14 * day])
  t.same([fresh?.notBefore, fresh?.notAfter], [today + 7 * day, today + 21 * day])
  t.same(await currentRoutingKey(server.certificate, today + 8 * day), old?.publicKey)
  t.same(await currentRoutingKey(rotated.certificate, today + 8 * day), fresh?.publicKey)
})

t.test('the next rotation destroys the secret of a key that has ended', async t => {
  const third = addRoutingKey(rotated, today + 14 * day)
  t.equal(third.secrets.size, 4)
  t.equal(third.certificate.subkeys.length, 3)
  t.equal((await routingKeys(third, today + 14 * day)).length, 2)
})

t.test('what is wrapped to the current routing key, its secret opens', async t => {
  const layer = wrapLayer(
    Buffer.alloc(300, 1),
    wrappingKey(await currentRoutingKey(server.certificate, today)),
    700,
  )
  const [key] = await routingKeys(server, today)
  t.ok(key)
  t.ok(key && openLayer(layer, unwrappingKey(key.publicKey, key.secret)))
})

t.test('without a routing key for now there is none', async t => {
  const refusal = { code: 'certificate-invalid' }
  await t.rejects(currentRoutingKey(server.certificate, today + 15 * day), refusal)
  await t.rejects(currentRoutingKey(revokedKey(server, today), today), refusal)
})

t.test('a key that has nothing to sign with says so', async t => {
  const bare = { ...server, certificate: { ...server.certificate, subkeys: [] } }
  await t.rejects(signDocument(bare, Buffer.alloc(1), today), { code: 'internal' })
})

t.test('the secret key file is read back, the same', async t => {
  const file = encodeSecretKey(rotated)
  const read = decodeSecretKey(file)
  t.ok(encodeSecretKey(read).equals(file))
  t.same(read.certificate, rotated.certificate)
  t.same(read.secrets, rotated.secrets)
})

t.test('a secret key file with any octet changed is refused, or changed in the certificate only', async t => {
  const file = encodeSecretKey(server)
  const secrets = new Set([...server.secrets.values()].map(secret => secret.toString('hex')))
  for (let at = 0; at < file.length; at++) {
    const changed = Buffer.from(file)
    changed[at] = (changed[at] ?? 0) ^ 1
    try {
      const read = [...decodeSecretKey(changed).secrets.values()].map(secret => secret.toString('hex'))
      if (!read.every(secret => secrets.has(secret))) t.fail(`octet ${String(at)} changed a secret`)
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'PluginError')
        t.fail(`octet ${String(at)}: another error`)
    }
  }
  t.pass('all were seen')
})

t.test('OpenPGP.js reads it and sees what it announces', async t => {
  const key = await openpgp.readKey({ binaryKey: encodeSecretKey(server) })
  const { selfCertification } = await key.getPrimaryUser(new Date(today))
  t.equal(key.isPrivate(), true)
  t.same(selfCertification.features, new Uint8Array([9]))
  await key.verifyPrimaryKey(new Date(today))
  const encryption = await key.getEncryptionKey(undefined, new Date(today))
  t.equal(encryption.getAlgorithmInfo().algorithm, 'x25519')
})
