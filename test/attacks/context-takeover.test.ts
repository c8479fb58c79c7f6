// Taking over a context: a member of the federation lists another's room as its own, with keys of its own.
import t from 'tap'
import { epochOf } from '../../plugin/mor/epoch.js'
import { generateUnwrappingKey } from '../../plugin/openpgp/index.js'
import { createFederated } from '../_federated.js'
import { withMor } from '../_mor-servers.js'

t.test('the true speaker is heard as before, its keys stay, and extra hops still go its way', async t => {
  const lab = createFederated()
  const names = ['a', 'b', 'c', 'd']
  const [a, b, c, hostile] = await Promise.all(
    names.map(name => lab.add(name, { peers: names.filter(other => other !== name) })),
  )
  if (!a || !b || !c || !hostile) throw new Error('Four were asked for.')
  const honest = await Promise.all([a, b, c].map(server => withMor(lab, server, { interval: 250 })))
  const [alice, bob, carol] = honest
  if (!alice || !bob || !carol) throw new Error('Three are honest.')
  t.teardown(async () => {
    for (const server of [...honest, hostile]) server.stop()
    for (const { mor } of honest) await mor.stop()
  })
  for (const { federation } of honest) federation.start()
  await lab.pass(5000)
  const victim = carol.mor.contexts[0]?.address
  const today = epochOf(lab.clock.now())
  const octets = generateUnwrappingKey().octets.toString('base64')
  const lie = (speaker: string, epoch: number) => ({
    context: victim,
    speaker,
    epoch,
    key: octets,
    reaches: [{ server: bob.identity.fingerprint, distance: 1 }],
  })
  hostile.federation.serve('contexts', () =>
    Promise.resolve({ contexts: [{ address: victim, group: 'main', interval: 250 }] }),
  )
  hostile.federation.serve('join', () =>
    Promise.resolve({
      links: [{ epoch: today, link: octets }],
      routes: [
        lie(hostile.identity.fingerprint, today),
        lie(carol.identity.fingerprint, today + 1),
        lie(carol.identity.fingerprint, today + 1_000_000),
      ],
    }),
  )
  hostile.federation.start()
  await lab.pass(20_000)
  t.ok(alice.count('contexts of others claimed') > 0)
  const unreadable = alice.count('cells not readable')
  for (const number of [1, 2, 3, 4, 5]) alice.send(`number ${String(number)}`, carol.hop(), bob.hop())
  await lab.pass(20_000)
  t.equal(bob.delivered.length, 5)
  for (const server of honest) t.equal(server.count('cells not readable'), unreadable)
})
