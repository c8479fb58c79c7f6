// The port over a real name server, and over one that speaks nonsense.
import { createServer, type AddressInfo } from 'node:net'
import t from 'tap'
import { createDnsLookup } from '../../../adapters/dns/index.js'
import { systemClock } from '../../../adapters/clock.js'
import { startKnot } from '../../lab/knot.js'

const lookup = (resolver: string) => createDnsLookup({ resolver, trustAnchors: [], clock: systemClock })

t.test('texts are joined from their strings, in any number', async t => {
  const server = await startKnot('a.example', [
    `x.a.example. 60 IN TXT "${'a'.repeat(255)}" "b"`,
    'x.a.example. 60 IN TXT "c"',
  ])
  t.teardown(server.stop)
  const dns = lookup(server.resolver)
  t.same([...(await dns.texts('x.a.example')).texts].sort(), [`${'a'.repeat(255)}b`, 'c'])
  t.same((await dns.texts('y.a.example')).texts, [], 'no such name')
  t.same((await dns.texts('ns.a.example')).texts, [], 'a name without a text')
})

t.test('octets are the data, also where they do not fit into one packet', async t => {
  const long = Buffer.alloc(3000, 7)
  const server = await startKnot('a.example', [
    'x.a.example. 60 IN CERT IPGP 0 0 AQI=',
    `x.a.example. 60 IN OPENPGPKEY ${long.toString('base64')}`,
  ])
  t.teardown(server.stop)
  const dns = lookup(server.resolver)
  t.same(await dns.octets('x.a.example', 'CERT'), [Buffer.of(0, 6, 0, 0, 0, 1, 2)])
  t.same(await dns.octets('x.a.example', 'OPENPGPKEY'), [long])
  t.same(await dns.octets('y.a.example', 'CERT'), [])
})

const nonsense: [name: string, octets: Buffer][] = [
  ['that closes at once', Buffer.alloc(0)],
  ['whose answer is cut off', Buffer.of(0, 40, 1, 2, 3)],
  ['whose answer is no DNS', Buffer.concat([Buffer.of(0, 40), Buffer.alloc(40, 0xff)])],
  ['that answers another question', Buffer.concat([Buffer.of(0, 12), Buffer.alloc(12)])],
]

for (const [name, octets] of nonsense) {
  t.test(`a resolver ${name} has not answered`, async t => {
    const server = createServer(socket => {
      socket.on('error', () => socket.destroy())
      socket.once('data', () => socket.end(octets))
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    t.teardown(() => server.close())
    const { port } = server.address() as AddressInfo
    await t.rejects(lookup(`127.0.0.1:${port}`).octets('x.a.example', 'CERT'), {
      code: 'host-unreachable',
    })
  })
}

t.test('an address that does not exist is a mistake of the configuration', async t => {
  for (const resolver of ['1.2.3.999:53', '127.0.0.1:65536', '[::1::1]:53'])
    t.throws(() => lookup(resolver), { code: 'config-invalid' }, resolver)
  t.doesNotThrow(() => lookup('[::1]:53'))
})

t.test('a key of the root that cannot be is a mistake of the configuration', async t => {
  const digest = 'ab'.repeat(32)
  for (const anchor of [`1:13:4:${digest}`, `1:12:2:${digest}`, `1:13:1:${digest}`, '1:13:2:ab', ''])
    t.throws(
      () => createDnsLookup({ resolver: null, trustAnchors: [anchor], clock: systemClock }),
      { code: 'config-invalid', message: /trust_anchors/ },
      anchor,
    )
})
