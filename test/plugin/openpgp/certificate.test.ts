// Certificates by other programs as vectors, and what is refused in a certificate.
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { PluginError } from '../../../plugin/errors.js'
import { parseDomain } from '../../../plugin/addresses.js'
import {
  encodeSecretKey,
  findUserId,
  generateServerKey,
  parseCertificate,
  standingOf,
} from '../../../plugin/openpgp/index.js'
import { encodePacket, packetType } from '../../../plugin/openpgp/packets.js'
import { today } from '../../_certificates.js'

interface Vector {
  readonly name: string
  readonly certificate: string
}
const refusal = { name: 'PluginError', code: 'certificate-invalid' }
const vectors = 'test/vectors/certificates'
const valid = JSON.parse(readFileSync(`${vectors}/valid.json`, 'utf8')) as (Vector & {
  userId: string
  state: string
})[]
const invalid = JSON.parse(readFileSync(`${vectors}/invalid.json`, 'utf8')) as (Vector & {
  code: string
})[]
const server = generateServerKey(parseDomain('a.example'), today)
const octets = server.certificate.octets

for (const { name, certificate, userId, state } of valid) {
  t.test(`reads and judges: ${name}`, async t => {
    const parsed = parseCertificate(Buffer.from(certificate, 'base64'))
    t.ok(findUserId(parsed, userId))
    t.equal((await standingOf(parsed, today)).state, state)
  })
}

for (const { name, certificate, code } of invalid) {
  t.test(`refuses: ${name}`, async t => {
    t.throws(() => parseCertificate(Buffer.from(certificate, 'base64')), { name: 'PluginError', code })
  })
}

t.test('what is written is read', async t => {
  const parsed = parseCertificate(octets)
  t.same(parsed, server.certificate)
  t.match(parsed.fingerprint, /^04[0-9a-f]{40}$/)
})

t.test('a secret key is refused as such', async t => {
  t.throws(() => parseCertificate(encodeSecretKey(server)), { ...refusal, message: /secret key/ })
})

t.test('a secret subkey within a certificate is refused', async t => {
  t.throws(
    () => parseCertificate(Buffer.concat([octets, encodePacket(packetType.secretSubkey, Buffer.alloc(9))])),
    {
      ...refusal,
      message: /secret key/,
    },
  )
})

for (const type of [1, 8, 9, 10, 11, 12, 17, 18, 21, 40, 63]) {
  t.test(`an appended packet of type ${String(type)} is refused`, async t => {
    t.throws(() => parseCertificate(Buffer.concat([octets, encodePacket(type, Buffer.from('PGP'))])), refusal)
  })
}

t.test('what does not begin with a public key is refused', async t => {
  t.throws(() => parseCertificate(Buffer.alloc(0)), refusal)
  t.throws(() => parseCertificate(encodePacket(packetType.userId, Buffer.from('a.example'))), refusal)
})

t.test('keys of another version are refused', async t => {
  const body = Buffer.from(server.certificate.primary.body)
  body[0] = 6
  t.throws(() => parseCertificate(encodePacket(packetType.publicKey, body)), refusal)
})

t.test('a user ID twice, and a subkey twice, are refused', async t => {
  const userId = encodePacket(packetType.userId, Buffer.from('a.example <openpgp-ca@a.example>'))
  t.throws(() => parseCertificate(Buffer.concat([octets, userId])), refusal)
  const subkey = encodePacket(
    packetType.publicSubkey,
    server.certificate.subkeys[0]?.key.body ?? Buffer.alloc(0),
  )
  t.throws(() => parseCertificate(Buffer.concat([octets, subkey])), refusal)
})

t.test('too many user IDs are refused', async t => {
  const more = Array.from({ length: 20 }, (_, at) => encodePacket(packetType.userId, Buffer.from(String(at))))
  t.throws(() => parseCertificate(Buffer.concat([octets, ...more])), refusal)
})

t.test('a signature that cannot be read counts as absent', async t => {
  for (const body of ['', '03050000', '0410', '04130a16ffff', '04130a160000000000']) {
    const junk = encodePacket(packetType.signature, Buffer.from(body, 'hex'))
    t.equal(parseCertificate(Buffer.concat([octets, junk])).subkeys.at(-1)?.signatures.length, 1)
  }
})

t.test('any octet changed: refused, or the change is seen', async t => {
  for (let at = 0; at < octets.length; at++) {
    const changed = Buffer.from(octets)
    changed[at] = (changed[at] ?? 0) ^ 0x41
    const keys = await usableKeys(changed)
    if (keys === 4) t.fail(`octet ${String(at)} changed and nobody noticed`)
  }
  t.pass('all were seen')
})

t.test('arbitrary changes never do more than refuse', async t => {
  const change = fc.tuple(fc.nat(octets.length - 1), fc.nat(255))
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 8 }), fc.nat(octets.length), async (changes, end) => {
      const changed = Buffer.from(octets.subarray(0, end))
      for (const [at, value] of changes) if (at < end) changed[at] = value
      return (await usableKeys(changed)) <= 4
    }),
    { numRuns: 300 },
  )
  t.pass()
})

// Keys that are usable, with the user ID counted as one: 4 when nothing was changed.
async function usableKeys(changed: Buffer): Promise<number> {
  try {
    const parsed = parseCertificate(changed)
    if (parsed.fingerprint !== server.certificate.fingerprint) return 0
    const { keys, userIds } = await standingOf(parsed, today)
    return keys.length + userIds.length
  } catch (error) {
    if (error instanceof PluginError) return 0
    throw error
  }
}
