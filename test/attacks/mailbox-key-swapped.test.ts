// Attack: somebody puts another mailbox key into a certificate, so that a visiting user's onions open for him.
import t from 'tap'
import { parseDomain, parseUserAddress } from '../../plugin/addresses.js'
import {
  addUserIdSignature,
  certifyUserId,
  generateServerKey,
  generateUserKey,
  parseCertificate,
} from '../../plugin/openpgp/index.js'
import { createAuthority, mailboxKeyOf } from '../../plugin/pki/index.js'
import { firstUserId, primarySigner, today } from '../_certificates.js'
import { createVirtualClock } from '../_virtual-clock.js'

const a = parseDomain('a.example')
const server = generateServerKey(a, today)
const address = parseUserAddress('alice@a.example')
const alice = generateUserKey(address, today)
const mine = Buffer.alloc(32, 1)
const theirs = Buffer.alloc(32, 2)
const authority = createAuthority(server, a, createVirtualClock(today))
const octets = await authority.certifyUser(alice.certificate.octets, address, mine)

t.test('another key at the same place breaks the certification', async t => {
  const at = octets.indexOf(mine)
  const swapped = Buffer.concat([octets.subarray(0, at), theirs, octets.subarray(at + 32)])
  t.equal(await mailboxKeyOf(parseCertificate(swapped), address, server.certificate, today), null)
})

t.test('another key by another authority, or by the user himself, is not taken', async t => {
  const other = generateServerKey(parseDomain('b.example'), today)
  for (const signer of [primarySigner(other), primarySigner(alice)]) {
    const certificate = parseCertificate(octets)
    const userId = firstUserId(certificate)
    const body = certifyUserId(signer, certificate.primary, userId, { key: theirs, copy: null }, today + 1000)
    const added = addUserIdSignature(certificate, userId, body)
    t.same(await mailboxKeyOf(added, address, server.certificate, today), mine)
  }
})

t.test('a key of another length is none', async t => {
  const certificate = alice.certificate
  const userId = firstUserId(certificate)
  const body = certifyUserId(
    primarySigner(server),
    certificate.primary,
    userId,
    { key: theirs.subarray(1), copy: null },
    today,
  )
  const added = addUserIdSignature(certificate, userId, body)
  t.equal(await mailboxKeyOf(added, address, server.certificate, today), null)
})
