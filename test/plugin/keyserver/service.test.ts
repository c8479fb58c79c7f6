// The key server as part of the whole plugin.
import t from 'tap'
import { startMemoryServers } from '../../_memory-servers.js'

t.test('a user who enrolled is found at every server, also when the own one is down', async t => {
  const { servers, stop } = await startMemoryServers({ names: ['a', 'b', 'c'] })
  t.teardown(stop)
  const [a, b] = servers
  if (!a || !b) throw new Error('There are three servers.')
  await a.say('alice@a.example', null, 'help')
  await b.learns('alice@a.example')
  const home = await a.service.keyServer.byIdentity('xmpp:alice@a.example')
  await a.service.stop()
  t.teardown(() => a.restart())
  const away = await b.service.keyServer.byIdentity('xmpp:alice@a.example')
  t.equal(home.length, 1)
  t.strictSame(
    away.map(({ fingerprint }) => fingerprint),
    home.map(({ fingerprint }) => fingerprint),
  )
  const [found] = await b.service.keyServer.search('a.example')
  t.equal(found?.fingerprint, a.service.fingerprint)
  t.equal(found && (await b.service.keyServer.describe(found)).doubt, null)
  const [own] = await b.service.keyServer.search('b.example')
  t.equal(own?.fingerprint, b.service.fingerprint)
})
