// Visible recipients: with a readable key ID, everybody who may listen would learn each next hop (RFC 9580 s5.1.2).
import * as openpgp from 'openpgp'
import t from 'tap'
import { addExtraHop, buildOnion } from '../../plugin/mor/onion.js'
import { systemRandom } from '../../adapters/random.js'
import { generateUnwrappingKey, wrapStatement } from '../../plugin/openpgp/index.js'
import { fingerprint, startListener } from '../_listener.js'

const header = 'c14c060019'

async function recipients(layer: Buffer): Promise<string[]> {
  const message = await openpgp.readMessage({ binaryMessage: new Uint8Array(layer) })
  return message.getEncryptionKeyIDs().map(id => id.toHex())
}

t.test('no onion that is spoken names who opens it, neither at its start nor anywhere else', async t => {
  const listener = await startListener({ extraHops: 1 })
  t.teardown(() => listener.stop())
  const [next, context] = [fingerprint(), generateUnwrappingKey()]
  const speaker = fingerprint()
  listener.routes.learn({
    context: 'x@conference.c.example' as never,
    speaker,
    epoch: 20_454,
    key: context,
    reaches: new Map([[next, 1]]),
    direct: true,
  })
  const last = { server: next, key: generateUnwrappingKey() }
  const route = [{ server: listener.self, key: listener.key }, last]
  const below = (limit: number): number => Math.min(1, limit - 1)
  listener.hear(buildOnion(route, { kind: 'deliver', parcel: Buffer.alloc(400) }, { ...systemRandom, below }))
  await listener.pass(200)
  t.equal(listener.spoken.length, 2)
  t.equal(listener.count('extra hops added'), 1)
  const secrets = [next, speaker, listener.self].flatMap(name => [name, name.slice(2), name.slice(-16)])
  const keys = [listener.key, last.key, context].map(({ octets }) => octets.toString('hex'))
  for (const { onion } of listener.spoken) {
    t.same(await recipients(onion), ['0'.repeat(16)])
    t.ok(onion.toString('hex').startsWith(header))
    for (const name of [...secrets, ...keys]) t.notMatch(onion.toString('hex'), name)
  }
})

t.test('extra hops and statements between servers hide theirs as well', async t => {
  const key = generateUnwrappingKey()
  const inner = buildOnion(
    [fingerprint(), fingerprint()].map(server => ({ server, key: generateUnwrappingKey() })),
    { kind: 'drop' },
    { ...systemRandom, below: () => 0 },
  )
  const extra = addExtraHop(inner, key, systemRandom)?.onion ?? Buffer.alloc(0)
  for (const layer of [extra, wrapStatement(Buffer.alloc(300), key)])
    t.same(await recipients(layer), ['0'.repeat(16)])
})
