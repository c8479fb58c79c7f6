// Attack: a genuine certification is moved to another key, to another user ID, or to where another kind belongs.
import t from 'tap'
import { parseDomain, parseUserAddress } from '../../plugin/addresses.js'
import {
  findUserId,
  generateServerKey,
  generateUserKey,
  parseCertificate,
  type Certificate,
  type Signature,
} from '../../plugin/openpgp/index.js'
import { buildCertificate } from '../../plugin/openpgp/certificate.js'
import { createAuthority, userTrusted } from '../../plugin/pki/index.js'
import { firstUserId, today, withUserId } from '../_certificates.js'
import { createVirtualClock } from '../_virtual-clock.js'

const a = parseDomain('a.example')
const server = generateServerKey(a, today)
const [aliceAddress, bobAddress] = [parseUserAddress('alice@a.example'), parseUserAddress('bob@a.example')]
const alice = generateUserKey(aliceAddress, today)
const mallory = generateUserKey(aliceAddress, today)
const authority = createAuthority(server, a, createVirtualClock(today))
const octets = await authority.certifyUser(alice.certificate.octets, aliceAddress, Buffer.alloc(32))
const genuine = firstUserId(parseCertificate(octets)).signatures.slice(1)
const trusted = async (certificate: Certificate, address = aliceAddress) =>
  (await userTrusted(certificate, address, server.certificate, today)).trusted

function carrying(certificate: Certificate, userId: string, signatures: readonly Signature[]): Certificate {
  const target = findUserId(certificate, userId)
  const userIds = certificate.userIds.map(item =>
    item === target ? { ...item, signatures: [...item.signatures, ...signatures] } : item,
  )
  return buildCertificate({ ...certificate, userIds })
}

t.test('where it belongs it counts', async t => {
  t.equal(await trusted(carrying(alice.certificate, 'xmpp:alice@a.example', genuine)), true)
})

t.test('on another key with the same user ID it does not', async t => {
  t.equal(await trusted(carrying(mallory.certificate, 'xmpp:alice@a.example', genuine)), false)
})

t.test('on another user ID of the same key it does not', async t => {
  const two = withUserId(alice, 'xmpp:bob@a.example', today)
  t.equal(await trusted(carrying(two, 'xmpp:bob@a.example', genuine), bobAddress), false)
})

t.test('on the key itself, or on a subkey, it does not', async t => {
  const { certificate } = alice
  t.equal(await trusted(buildCertificate({ ...certificate, signatures: genuine })), false)
  const subkeys = certificate.subkeys.map(item => ({ ...item, signatures: [...item.signatures, ...genuine] }))
  t.equal(await trusted(buildCertificate({ ...certificate, subkeys })), false)
})
