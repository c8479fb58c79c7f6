// Keys of small order: a federated server publishes a context key with which everybody computes the same secret, or with
// which computing fails, in the hope that the others encrypt to it or fall over it (RFC 7748 s6.1).
import t from 'tap'
import { epochOf } from '../../plugin/mor/epoch.js'
import { generateUnwrappingKey, usableWrappingKey } from '../../plugin/openpgp/index.js'
import { startMorServers } from '../_mor-servers.js'

// The points of order 1, 2, 4 and 8 on the curve and its twist, and their second encodings.
const smallOrder = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map(hex => Buffer.from(hex, 'hex'))

t.test('no such key is taken for wrapping, any other is', async t => {
  for (const octets of smallOrder)
    t.throws(() => usableWrappingKey(octets), { code: 'bad-format' }, octets.toString('hex', 0, 8))
  const { octets } = generateUnwrappingKey()
  t.same(usableWrappingKey(octets).octets, octets)
})

t.test('a context with such a key is no route; the others go on and deliver', async t => {
  const lab = await startMorServers(['a', 'b', 'c'], { interval: 250 })
  t.teardown(() => lab.stop())
  const [a, b, c] = lab.servers
  if (!a || !b || !c) throw new Error('Three were asked for.')
  const [context] = c.mor.contexts
  const links = context?.epochs.map(({ epoch, link }) => ({ epoch, link: link.toString('base64') }))
  const reaches = [a, b].map(({ identity }) => ({ server: identity.fingerprint, distance: 1 }))
  let asked = 0
  c.federation.serve('join', () => {
    const key = (smallOrder[asked++ % smallOrder.length] ?? Buffer.alloc(32)).toString('base64')
    // As of tomorrow, so that it would take the place of the good one.
    const epoch = epochOf(lab.clock.now()) + 1
    const speaker = c.identity.fingerprint
    return Promise.resolve({ links, routes: [{ context: context?.address, speaker, epoch, key, reaches }] })
  })
  c.federation.tell('members')
  await lab.pass(30_000, 250)
  t.ok(asked > 2)
  t.ok(a.count('contexts not joined') > 0)
  // a and b peel each other's layers, and the way between them goes through the context of c.
  for (const number of [1, 2, 3]) a.send(`number ${String(number)}`, b.hop(), a.hop())
  for (const number of [4, 5, 6]) b.send(`number ${String(number)}`, a.hop(), b.hop())
  await lab.pass(30_000, 250)
  t.equal(a.delivered.length + b.delivered.length, 6)
})
