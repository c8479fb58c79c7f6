// Attack: somebody hands out a certificate as it was before it was revoked. Whoever has seen the revocation keeps it.
import t from 'tap'
import { parseDomain, parseUserAddress } from '../../plugin/addresses.js'
import {
  generateServerKey,
  generateUserKey,
  mergeCertificates,
  parseCertificate,
} from '../../plugin/openpgp/index.js'
import { createAuthority, userTrusted } from '../../plugin/pki/index.js'
import { day, revokedKey, today } from '../_certificates.js'
import { createVirtualClock } from '../_virtual-clock.js'

const a = parseDomain('a.example')
const server = generateServerKey(a, today)
const address = parseUserAddress('alice@a.example')
const alice = generateUserKey(address, today)
const clock = createVirtualClock(today)
const authority = createAuthority(server, a, clock)
const octets = await authority.certifyUser(alice.certificate.octets, address, Buffer.alloc(32))
const before = parseCertificate(octets)
const known = () => server.certificate.primary
clock.advance(day)

for (const [name, revoked] of Object.entries({
  'by its holder': revokedKey({ ...alice, certificate: before }, clock.now()),
  'by the authority': parseCertificate(authority.revoke(octets, address)),
})) {
  t.test(`revoked ${name}, and then shown without it`, async t => {
    t.equal((await userTrusted(before, address, server.certificate, clock.now())).trusted, true)
    const stored = await mergeCertificates(before, revoked, known)
    const merged = await mergeCertificates(stored, before, known)
    t.equal((await userTrusted(merged, address, server.certificate, clock.now())).trusted, false)
    const other = await mergeCertificates(await mergeCertificates(null, revoked, known), before, known)
    t.equal((await userTrusted(other, address, server.certificate, clock.now())).trusted, false)
  })
}
