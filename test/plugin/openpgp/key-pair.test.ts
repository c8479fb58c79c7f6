// New key pairs: what node:crypto makes of them, and that making many of them ends.
import { createPrivateKey, diffieHellman, sign, verify } from 'node:crypto'
import t from 'tap'
import { generateKeyPair } from '../../../plugin/openpgp/key-pair.js'
import { generateUnwrappingKey, secretOctets } from '../../../plugin/openpgp/x25519.js'

t.test('the two halves belong together', async t => {
  const signing = generateKeyPair('Ed25519')
  const octets = Buffer.from('octets')
  t.ok(verify(null, octets, signing.key, sign(null, octets, signing.secret)))
  const [one, other] = [generateKeyPair('X25519'), generateKeyPair('X25519')]
  t.strictSame(
    diffieHellman({ privateKey: one.secret, publicKey: other.key }),
    diffieHellman({ privateKey: other.secret, publicKey: one.key }),
  )
})

for (const curve of ['Ed25519', 'X25519'] as const) {
  t.test(`the octets of both halves are those of the ${curve} key`, async t => {
    const { octets, secretOctets: secret } = generateKeyPair(curve)
    // RFC 8410 s7: the fixed start of a PKCS #8 key of these two curves.
    const head = Buffer.from(`302e02010030050603${curve === 'Ed25519' ? '2b6570' : '2b656e'}04220420`, 'hex')
    const read = createPrivateKey({ key: Buffer.concat([head, secret]), format: 'der', type: 'pkcs8' })
    const { x, d } = read.export({ format: 'jwk' })
    t.equal(octets.toString('base64url'), x)
    t.equal(secret.toString('base64url'), d)
  })
}

t.test('a secret half that is exported while garbage is collected does not stop the process', async t => {
  let exported = 0
  for (; exported < 20_000; exported++) secretOctets(generateUnwrappingKey())
  t.equal(exported, 20_000)
})
