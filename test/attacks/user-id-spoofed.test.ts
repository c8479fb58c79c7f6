// Attack: a countersigned authority certifies user IDs that look like an address, or lie outside its domain. For us a
// certificate belongs to an address only when its user ID is that address to the octet, whatever a scope would let pass.
import t from 'tap'
import { parseDomain, parseUserAddress } from '../../plugin/addresses.js'
import {
  addUserIdSignature,
  certifyUserId,
  generateServerKey,
  generateUserKey,
  parseCertificate,
} from '../../plugin/openpgp/index.js'
import { createAuthority, serverTrusted, userTrusted } from '../../plugin/pki/index.js'
import { firstUserId, primarySigner, today, withUserId } from '../_certificates.js'
import { createVirtualClock } from '../_virtual-clock.js'

const [a, b] = [parseDomain('a.example'), parseDomain('b.example')]
const own = generateServerKey(a, today)
const peer = generateServerKey(b, today)
const octets = await createAuthority(own, a, createVirtualClock(today)).countersign(
  peer.certificate.octets,
  b,
)
const authority = parseCertificate(octets)
const victims = ['bob@b.example', 'alice@a.example', 'eve@c.example', 'm@xb.example'].map(parseUserAddress)

const userIds: Record<string, readonly string[]> = {
  'xmpp:bob@b.example': ['bob@b.example'],
  'Bob <bob@b.example>': [],
  '<xmpp:bob@b.example>': [],
  'xmpp:mallory@b.example.evil.org': [],
  'Mal xmpp:bob@b.example <mal@evil.org>': [],
  'xmpp:m@xb.example': [],
  'xmpp:bob@b.example/res': [],
  'xmpp:bob@b.example ': [],
  'xmpp:Bob@b.example': [],
  'xmpp:bob@b.example\0': [],
  'XMPP:bob@b.example': [],
  'Eve <eve@c.example>': [],
  'xmpp:eve@c.example': [],
  'xmpp:alice@a.example': [],
}
for (const [userId, addresses] of Object.entries(userIds)) {
  t.test(`${JSON.stringify(userId)} speaks for ${addresses.join() || 'nobody'}`, async t => {
    const mallory = generateUserKey(parseUserAddress('mallory@b.example'), today)
    const renamed = withUserId(
      { ...mallory, certificate: { ...mallory.certificate, userIds: [] } },
      userId,
      today,
    )
    const claimed = firstUserId(renamed)
    const body = certifyUserId(
      primarySigner(peer),
      renamed.primary,
      claimed,
      { key: Buffer.alloc(32), copy: null },
      today,
    )
    const certified = addUserIdSignature(renamed, claimed, body)
    t.equal((await serverTrusted(own.certificate, authority, b, today)).trusted, true)
    for (const victim of victims) {
      const verdict = await userTrusted(certified, victim, authority, today)
      t.equal(verdict.trusted, addresses.includes(victim), victim)
    }
  })
}
