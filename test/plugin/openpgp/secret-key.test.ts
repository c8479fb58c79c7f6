// Secret key files that are not ours to read.
import * as openpgp from 'openpgp'
import t from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import {
  decodeSecretKey,
  encodeSecretKey,
  generateUserKey,
  signDocument,
  verifyDocument,
} from '../../../plugin/openpgp/index.js'
import { today } from '../../_certificates.js'

const alice = generateUserKey(parseUserAddress('alice@a.example'), today)
const userIDs = [{ name: 'xmpp:alice@a.example' }]
const date = new Date(today)

t.test('a user key is read back', async t => {
  const read = decodeSecretKey(encodeSecretKey(alice))
  t.same(read.certificate, alice.certificate)
  t.ok(encodeSecretKey(read).equals(encodeSecretKey(alice)))
})

for (const type of ['ecc', 'curve25519'] as const) {
  t.test(`a key without password that OpenPGP.js made (${type}) is read and signs`, async t => {
    const { privateKey } = await openpgp.generateKey({ type, userIDs, date, format: 'object' })
    const read = decodeSecretKey(Buffer.from(privateKey.write()))
    t.equal(read.secrets.size, 2)
    if (type === 'ecc') {
      const signature = await signDocument(read, Buffer.from('text'), today)
      t.equal(await verifyDocument(read.certificate, Buffer.from('text'), signature, today), true)
    }
  })
}

t.test('a key with a password is refused', async t => {
  const { privateKey } = await openpgp.generateKey({
    type: 'ecc',
    userIDs,
    date,
    passphrase: 'closed',
    format: 'object',
  })
  t.throws(() => decodeSecretKey(Buffer.from(privateKey.write())), { code: 'secret-missing' })
})

t.test('a key of another algorithm is refused', async t => {
  const { privateKey } = await openpgp.generateKey({
    type: 'ecc',
    curve: 'nistP256',
    userIDs,
    date,
    format: 'object',
  })
  t.throws(() => decodeSecretKey(Buffer.from(privateKey.write())), { code: 'secret-missing' })
})

t.test('a certificate alone is no secret key', async t => {
  t.throws(() => decodeSecretKey(alice.certificate.octets), { code: 'secret-missing' })
  t.throws(() => encodeSecretKey({ ...alice, secrets: new Map() }), { code: 'internal' })
})

t.test('a secret that belongs to another public key is refused', async t => {
  const other = generateUserKey(parseUserAddress('alice@a.example'), today)
  const theirs = [...other.secrets.values()]
  for (const wrong of alice.secrets.keys()) {
    const swapped = [...alice.secrets].map(
      ([name, mine], at) => [name, name === wrong ? (theirs[at] ?? mine) : mine] as const,
    )
    const file = encodeSecretKey({ ...alice, secrets: new Map(swapped) })
    t.throws(() => decodeSecretKey(file), { code: 'secret-missing' })
  }
  t.ok(decodeSecretKey(encodeSecretKey(alice)))
})
