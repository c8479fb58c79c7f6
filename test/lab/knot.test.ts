// The laboratory's name server answers what its zone says.
import { Resolver } from 'node:dns/promises'
import t from 'tap'
import { startKnot } from './knot.js'

t.test('a text of the zone is answered, and a name that is not there is none', async t => {
  const server = await startKnot('a.example', ['x.a.example. 60 IN TXT "one" "two"'])
  t.teardown(server.stop)
  const resolver = new Resolver()
  resolver.setServers([server.resolver])
  t.same(await resolver.resolveTxt('x.a.example'), [['one', 'two']])
  await t.rejects(resolver.resolveTxt('y.a.example'), { code: 'ENOTFOUND' })
})
