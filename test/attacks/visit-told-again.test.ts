// Attack: a visited server that has told the home all tells more later, with the same signature written in another way.
import t from 'tap'
import { randomBytes } from 'node:crypto'
import { generateUserKey } from '../../plugin/openpgp/index.js'
import { encodeProof, parseProof } from '../../plugin/visits/index.js'
import { alice, startDeliveries } from '../_deliveries.js'
import { proofOf } from '../_visits.js'

t.test('what was signed is told of once, however it is written', async t => {
  const { a, c, clock, stop, pass } = await startDeliveries()
  t.teardown(stop)
  const key = generateUserKey(alice, clock.now())
  await a.directory.publishUser(alice, key.certificate, randomBytes(32))
  await pass(5000)
  const proof = await proofOf(alice, key, c.domain, clock.now())
  const [home] = c.federation.peers().filter(({ domain }) => domain === a.domain)
  if (!home) throw new Error('It is federated.')
  const tell = async (given: Buffer): Promise<number> => {
    const page = { user: alice, proof: given.toString('base64'), conversations: [], last: true }
    const answered = c.federation.ask(home, 'visited', page)
    await pass(1000)
    await answered
    return a.count('visits taken over')
  }
  t.equal(await tell(proof), 1)
  t.equal(await tell(proof), 1, 'the same again')
  const { signature, ...said } = parseProof(proof)
  // RFC 9580 s4.2.2: the legacy header of the same packet.
  const written = Buffer.concat([Buffer.of(0x88), signature.subarray(1)])
  t.equal(await tell(encodeProof({ ...said, signature: written })), 1, 'in another way of writing')
  t.equal(await tell(await proofOf(alice, key, c.domain, clock.now())), 2, 'another visit')
})
