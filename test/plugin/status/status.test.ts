// The status of a running server: figures that follow what happens, the same in chat and at the command line, and a page for a
// monitoring system that says nothing of users or of the moment in which they write.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import type { StatusReport } from '../../../plugin/status/index.js'
import { ensureDebian } from '../../lab/debian-packages.js'
import { startMemoryServers, type MemoryServer } from '../../_memory-servers.js'

const root = parseUserAddress('root@a.example')

async function three(t: Test) {
  const lab = await startMemoryServers({ names: ['a', 'b', 'c'], admins: [root] })
  t.teardown(() => lab.stop())
  const [a, b, c] = lab.servers
  if (!a || !b || !c) throw new Error('Three servers were asked for.')
  await b.say('bob@b.example', null, 'help')
  await a.say('alice@a.example', null, 'help')
  await a.learns('bob@b.example')
  await b.learns('alice@a.example')
  return { ...lab, a, b, c }
}

async function reportOf(server: MemoryServer): Promise<StatusReport> {
  return JSON.parse(await server.service.operate(['status', '--json'])) as StatusReport
}

t.test('what is on its way, and then acknowledged, is told in figures and words', async t => {
  const { a, b, until, network } = await three(t)
  network.setReachable(b.domain, false)
  await a.say('alice@a.example', 'bob@b.example', 'Hello Bob')
  t.match((await reportOf(a)).sent, { accepted: 1, acknowledged: 0, oldest: 0 })
  await until(() => a.counters.snapshot()['parcels sent'] === 1)
  t.match((await reportOf(a)).sent, { queued: 0, inFlight: 1 })
  network.setReachable(b.domain, true)
  await until(() => a.service.waiting === 0)
  t.match((await reportOf(a)).sent, { queued: 0, inFlight: 0, oldest: null, acknowledged: 1, givenUp: 0 })
  t.match((await reportOf(b)).received, { shown: 1, notShown: 0, kept: 0 })
  t.match(await a.service.operate(['status']), /sent: 1 accepted, 1 acknowledged/u)
})

t.test('contexts are told with the rate of their clock, peers with what they are now', async t => {
  const { a, b, c, network, pass, until } = await three(t)
  await pass(65_000)
  const { spoken, heard, peers, uptime, keys, server } = await reportOf(a)
  t.equal(server, 'a.example')
  t.match(spoken, [{ group: 'main', declared: 40, members: 2 }])
  t.same(heard.map(({ peer }) => peer).sort(), ['b.example', 'c.example'])
  for (const { cells } of [...spoken, ...heard]) t.ok(Math.abs(cells - 40) < 1, String(cells))
  t.ok(uptime >= 65 && keys.epochEndsIn < 86_400 && keys.routingKeyEndsIn > 86_400)
  t.match(peers, [
    { peer: b.domain, address: 'p3do.b.example', federated: true, reachable: true },
    { peer: c.domain, federated: true, reachable: true },
  ])
  network.setReachable(c.domain, false)
  await until(() => a.service.reachable().length === 2)
  await pass(65_000)
  const later = await reportOf(a)
  t.match(later.peers, [{ reachable: true }, { reachable: false }])
  t.equal(later.heard.find(({ peer }) => peer === c.domain)?.cells, 0)
  t.match(await a.service.operate(['status']), /c\.example: not reachable now/u)
})

t.test('how many pseudonyms there are is told, and not whose they are or what they are called', async t => {
  const { a, pass } = await three(t)
  t.equal((await reportOf(a)).pseudonyms, 0)
  for (const name of ['fox', 'wolf', 'lynx']) await a.say('alice@a.example', null, `pseudonym new ${name}`)
  await a.say('alice@a.example', null, 'pseudonym drop lynx')
  t.equal((await reportOf(a)).pseudonyms, 2)
  t.match(a.service.metrics(), /^p3do_pseudonyms 0$/mu, 'not at the moment')
  await pass(600_000)
  t.match(a.service.metrics(), /^p3do_pseudonyms 2$/mu)
  const words = await a.service.operate(['status'])
  t.match(words, /^Pseudonyms of its users: 2$/mu)
  t.notMatch([words, a.service.metrics(), JSON.stringify(await reportOf(a))].join(), /fox|wolf|lynx|alice/u)
})

t.test('admins ask in chat, for others there is no such command', async t => {
  const { a } = await three(t)
  await a.say(root, null, 'status')
  t.match(a.shown.at(-1)?.body, /^P3DO 0\.0\.0 of a\.example, running for /u)
  await a.say(root, null, 'status --json')
  t.equal((JSON.parse(a.shown.at(-1)?.body ?? '') as StatusReport).server, 'a.example')
  await a.say('alice@a.example', null, 'status')
  t.notMatch(a.shown.at(-1)?.body, /running for/u)
  await t.rejects(a.service.operate(['status', 'all']), { code: 'command-invalid' })
})

t.test('Prometheus’ own checker finds nothing wrong with the page', async t => {
  const promtool = join(await ensureDebian(['prometheus']), 'usr/bin/promtool')
  const { a } = await three(t)
  const printed = await new Promise<string>(resolve => {
    const child = execFile(promtool, ['check', 'metrics'], (error, out, err) => {
      resolve(`${error ? 'failed: ' : ''}${out}${err}`)
    })
    child.stdin?.end(a.service.metrics())
  })
  t.equal(printed, '')
})

t.test('the page has no user, and does not show when a message is sent', async t => {
  const { a, b, until, pass } = await three(t)
  const ofMessages = () =>
    a.service
      .metrics()
      .split('\n')
      .filter(line => /^p3do_(?:messages?|parts?|onions?)_/u.test(line))
  const before = ofMessages()
  t.ok(before.length > 5)
  await a.say('alice@a.example', 'bob@b.example', 'Hello Bob')
  await until(() => b.shown.some(({ body }) => body === 'Hello Bob'))
  await until(() => a.service.waiting === 0)
  t.same(ofMessages(), before)
  await pass(600_000)
  t.ok(ofMessages().includes('p3do_messages_acknowledged_total 1'))
  t.notMatch(a.service.metrics(), /alice|bob|@(?!conference)/iu)
})
