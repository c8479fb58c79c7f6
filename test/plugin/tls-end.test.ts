// The end of the key server's certificate for TLS is told in time, once at each stage of each certificate.
import t from 'tap'
import { createAlarm } from '../../plugin/alarms.js'
import { parseDomain, parseUserAddress } from '../../plugin/addresses.js'
import { watchTlsEnd } from '../../plugin/tls-end.js'
import { createMemoryNetwork } from '../../adapters/memory/index.js'
import { createVirtualClock } from '../_virtual-clock.js'
import { silentLog } from '../_memory-servers.js'

const day = 86_400_000
const start = Date.UTC(2026, 5, 1)

function rig() {
  const clock = createVirtualClock(start)
  const told: string[] = []
  const users = { deliver: ({ body }: { body: string }) => Promise.resolve(void told.push(body)) }
  const alarm = createAlarm({ admins: [parseUserAddress('root@a.example')], users, log: silentLog })
  return { clock, told, shows: watchTlsEnd({ alarm, clock }) }
}

t.test('fourteen days before, three days before, and when it has ended', async t => {
  const { clock, told, shows } = rig()
  const certificate = { name: 'one', ends: start + 20 * day }
  const after: number[] = []
  for (let passed = 0; passed <= 22; passed++) {
    for (let looks = 0; looks < 3; looks++) shows(certificate)
    if (told.length > after.length) after.push(passed)
    clock.advance(day)
  }
  t.same(after, [6, 17, 20])
  t.match(told, [
    /ends on 2026-06-21, in 14 days\. Put/,
    /in 3 days/,
    /ended on 2026-06-21, and nobody can ask/,
  ])
})

t.test('one that is found near its end is told of at once, and a new one begins anew', async t => {
  const { told, shows } = rig()
  shows({ name: 'one', ends: start + 2.5 * day })
  t.match(told, [/in 3 days/])
  shows({ name: 'two', ends: start + 90 * day })
  t.equal(told.length, 1)
  shows({ name: 'three', ends: start + 10 * day })
  t.match(told[1], /in 10 days/)
})

t.test('a restart tells no admin again, where the host knows what it has shown', async t => {
  const clock = createVirtualClock(start)
  const host = createMemoryNetwork(clock).host(parseDomain('a.example'))
  host.accounts.hasModule = true
  const told: string[] = []
  host.onShown(({ body }) => void told.push(body))
  const alarm = createAlarm({
    admins: [parseUserAddress('root@a.example')],
    users: host.users,
    log: silentLog,
  })
  const ends = start + 10 * day
  for (let restart = 0; restart < 3; restart++) watchTlsEnd({ alarm, clock })({ name: 'one', ends })
  t.equal(told.length, 1)
  clock.advance(8 * day)
  for (let restart = 0; restart < 3; restart++) watchTlsEnd({ alarm, clock })({ name: 'one', ends })
  t.equal(told.length, 2)
  t.match(told[1], /in 2 days/)
})
