// A server of a route is replaced by one with another key while a message is under way over it, and is gone for good later.
import t from 'tap'
import { memoryHome, startMemoryServers } from '../../_memory-servers.js'

t.test('the message goes over another server and is shown once', async t => {
  const lab = await startMemoryServers({ names: ['a', 'b', 'c', 'd'], profile: 'default' })
  t.teardown(() => lab.stop())
  const { servers, network, until, pass, elapse } = lab
  const [a, b, c, d] = servers
  if (!a || !b || !c || !d) throw new Error('Four were started.')
  await elapse(b.say('bob@b.example', null, 'help'))
  await a.learns('bob@b.example')
  const carried = (server: typeof c) =>
    server.journey.filter(({ event, layer }) => event === 'peeled' && layer === 'forward').length
  const shown = () => b.shown.filter(({ contact }) => contact !== null).map(({ body }) => body)

  // Until one is over it: it has opened a layer, and its recipient's server has nothing yet.
  const said: string[] = []
  for (let before = carried(c); carried(c) === before || shown().length === said.length;) {
    await until(() => a.service.waiting === 0, 3_600_000)
    // What was sent again a moment before its acknowledgement came is under way still, perhaps over c.
    await pass(40_000)
    before = carried(c)
    // Of another user each, whose random route is another one: one that avoids c would stay for an hour.
    const sender = `alice${String(said.length)}@a.example`
    said.push(`number ${String(said.length)}`)
    await elapse(a.say(sender, 'bob@b.example', said.at(-1) ?? ''))
    await until(() => carried(c) > before || shown().length === said.length)
  }
  const over = carried(d)
  network.setReachable(c.domain, false)
  await elapse(c.restart(memoryHome()))
  network.setReachable(c.domain, true)
  t.equal(shown().length, said.length - 1, 'it is under way')
  await until(() => !a.service.reachable().includes(c.domain), 3_600_000)
  network.setReachable(c.domain, false)
  await until(() => a.service.waiting === 0, 3_600_000)
  await pass(30_000)
  t.same(shown(), said)
  t.ok(carried(d) > over, 'over the other one')
})
