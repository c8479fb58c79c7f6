// Where others find a server: SRV records and addresses from a real name server.
import t from 'tap'
import { addressesOf, endpointsOf } from '../../../adapters/doctor/names.js'
import { startKnot, type NameServer } from '../../lab/knot.js'

let server: NameServer

t.before(async () => {
  server = await startKnot('a.example', [
    'a.example. 60 IN A 127.0.0.2',
    'a.example. 60 IN AAAA ::1',
    'chat.a.example. 60 IN A 127.0.0.3',
    '_xmpp-client._tcp.a.example. 60 IN SRV 20 0 5322 chat.a.example.',
    '_xmpp-client._tcp.a.example. 60 IN SRV 10 0 5222 a.example.',
    '_xmpps-client._tcp.a.example. 60 IN SRV 5 0 443 chat.a.example.',
    '_xmpp-server._tcp.none.a.example. 60 IN SRV 0 0 0 .',
  ])
})
t.teardown(() => server.stop())

t.test('SRV records in their order, those for direct TLS too', async t => {
  t.same(await endpointsOf('a.example', 'client', server.resolver), [
    { host: 'a.example', address: '127.0.0.2', port: 5222, direct: false },
    { host: 'a.example', address: '::1', port: 5222, direct: false },
    { host: 'chat.a.example', address: '127.0.0.3', port: 5322, direct: false },
    { host: 'chat.a.example', address: '127.0.0.3', port: 443, direct: true },
  ])
})

t.test('without records the name itself and the usual port', async t => {
  t.same(await endpointsOf('chat.a.example', 'server', server.resolver), [
    { host: 'chat.a.example', address: '127.0.0.3', port: 5269, direct: false },
  ])
})

t.test('a target of "." means that there is no such service, and an unknown name has none', async t => {
  t.same(await endpointsOf('none.a.example', 'server', server.resolver), [])
  t.same(await endpointsOf('unknown.a.example', 'server', server.resolver), [])
})

t.test('the machine’s own names, and addresses, need no name server', async t => {
  t.ok((await addressesOf('localhost', null)).includes('127.0.0.1'))
  t.same(await addressesOf('127.0.0.9', server.resolver), ['127.0.0.9'])
})
