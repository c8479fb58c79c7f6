// Attack: a certificate is flooded with signatures by others, or with signatures that claim to be the holder's own.
// What is over the limits is refused before anything is verified; the rest costs little and leaves no trace.
import t from 'tap'
import { parseUserAddress } from '../../plugin/addresses.js'
import {
  generateUserKey,
  mergeCertificates,
  parseCertificate,
  standingOf,
  type Certificate,
} from '../../plugin/openpgp/index.js'
import { encodePacket, packetType } from '../../plugin/openpgp/packets.js'
import { certifiedOctets, signatureType } from '../../plugin/openpgp/signature.js'
import { makeSignature, type Signer } from '../../plugin/openpgp/signing.js'
import { firstUserId, primarySigner, today } from '../_certificates.js'

const alice = generateUserKey(parseUserAddress('alice@a.example'), today)
const mallory = primarySigner(generateUserKey(parseUserAddress('mallory@c.example'), today))
const impostor: Signer = { ...mallory, key: alice.certificate.primary }

function flooded(signer: Signer, count: number, type: number): Buffer {
  const userId = firstUserId(alice.certificate)
  const octets = certifiedOctets(alice.certificate.primary, userId.packet)
  const own = userId.signatures.map(item => item.body)
  const junk = Array.from({ length: count }, (_, at) =>
    makeSignature(signer, type, octets, today + at * 1000),
  )
  return Buffer.concat([
    encodePacket(packetType.publicKey, alice.certificate.primary.body),
    encodePacket(packetType.userId, userId.packet),
    ...[...own, ...junk].map(body => encodePacket(packetType.signature, body)),
  ])
}

for (const [name, signer] of Object.entries({ others: mallory, 'an impostor': impostor })) {
  for (const type of [signatureType.genericCertification, signatureType.certificationRevocation]) {
    t.test(`250 signatures of type ${String(type)} by ${name} change nothing and are not kept`, async t => {
      const certificate = parseCertificate(flooded(signer, 250, type))
      t.equal((await standingOf(certificate, today)).state, 'valid')
      const clean: Certificate = await mergeCertificates(null, certificate, () => null)
      t.equal(firstUserId(clean).signatures.length, 1)
    })
  }
}

t.test('more packets than a certificate needs are refused unread', async t => {
  const octets = flooded(mallory, 300, signatureType.genericCertification)
  t.throws(() => parseCertificate(octets), { name: 'PluginError', code: 'bad-format' })
})

t.test('more octets than a certificate needs are refused unread', async t => {
  t.throws(() => parseCertificate(Buffer.alloc(65_537, 0xff)), { name: 'PluginError', code: 'bad-format' })
})
