// Attack: a key with 100,000 signatures, as killed the old key servers, is brought. It is refused for its length alone:
// nothing of it is parsed, and no other thread gets to see it.
import t from 'tap'
import { armorCertificates } from '../../plugin/openpgp/index.js'
import { encodePacket, packetType } from '../../plugin/openpgp/packets.js'
import { sameThread, type Work } from '../../plugin/work.js'
import { firstUserId } from '../_certificates.js'
import { aliceAddress, createKeyServers } from '../_key-servers.js'

const asked: string[] = []
const work: Work = {
  run: (name, ...job) => {
    asked.push(name)
    return sameThread.run(name, ...job)
  },
}
const { alice, app, keyServer, entry } = await createKeyServers({ work })
const signature = encodePacket(
  packetType.signature,
  firstUserId(alice.certificate).signatures[0]?.body ?? Buffer.alloc(0),
)
const flooded = Buffer.concat([alice.certificate.octets, ...Array.from({ length: 100_000 }, () => signature)])

t.test('the key server refuses it unread, in either form', async t => {
  const before = await entry('user', aliceAddress)
  for (const brought of [flooded, armorCertificates(flooded)]) {
    t.match(await keyServer.submit(brought), { outcome: 'unreadable', reason: /far longer/ })
  }
  t.strictSame(asked, [])
  t.strictSame(await entry('user', aliceAddress), before)
})

t.test('over HTTP it is refused before its body is read', async t => {
  const type = 'application/pgp-keys;armor=no'
  const answer = await app.inject({
    method: 'POST',
    url: '/pks/v2/certs',
    headers: { 'content-type': type },
    payload: flooded,
  })
  t.equal(answer.statusCode, 413)
})

t.test('as much as fits is refused by the worker for its number of packets', async t => {
  t.match(
    await keyServer.submit(flooded.subarray(0, alice.certificate.octets.length + 300 * signature.length)),
    {
      outcome: 'unreadable',
      reason: /too many/,
    },
  )
  t.strictSame(asked, ['readSubmitted'])
})
