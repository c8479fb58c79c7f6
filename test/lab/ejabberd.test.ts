// A laboratory ejabberd by itself: the snippet is taken, users of two servers reach each other, and it is the same after a kill.
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { systemClock } from '../../adapters/clock.js'
import { systemRandom } from '../../adapters/random.js'
import { openLoneProbe } from '../../adapters/xmpp/index.js'
import { parseDomain } from '../../plugin/addresses.js'
import { createClient } from './go-sendxmpp.js'
import { startNetwork, type Network } from './network.js'
import { testFolder } from '../_folder.js'

t.teardown(() => network.stop())
const folder = testFolder(t)
let network: Network

t.before(async () => {
  network = await startNetwork({ folder, ejabberd: ['a', 'c'] })
})

t.test('users of ejabberd and Prosody reach each other, also after a kill', async t => {
  const { a, b, c } = network.users
  const client = await createClient(folder)
  const carol = await client.listen(c)
  t.teardown(() => carol.stop())
  await client.send(a, c.address, 'between two')
  await carol.messages.waitFor(({ text }) => text === 'between two')
  await client.send(b, c.address, 'from Prosody')
  await carol.messages.waitFor(({ text }) => text === 'from Prosody')
  await network.servers.a.kill()
  await network.servers.a.start()
  const alice = await client.listen(a)
  t.teardown(() => alice.stop())
  await client.send(b, a.address, 'after the kill')
  await alice.messages.waitFor(({ text }) => text === 'after the kill')
  t.pass('shown')
})

const probeOf = (secret: string) => {
  const { address, component, rooms } = network.servers.a
  return openLoneProbe({
    service: `xmpp://${address}:${String(component.port)}`,
    domain: parseDomain('a.example'),
    component: parseDomain(component.domain),
    rooms: parseDomain(rooms),
    secret,
    clock: systemClock,
    random: systemRandom,
  })
}

t.test('the component attaches with its secret alone, and makes rooms as a context needs them', async t => {
  await t.rejects(probeOf('not the secret'), { code: 'host-refused', message: /secret is wrong/ })
  const { probe, stop } = await probeOf(network.servers.a.component.secret)
  t.teardown(stop)
  t.same(await probe({ ask: 'room' }), { reached: true, why: null })
  t.match(await probe({ ask: 'ping', to: 'b.example' }), { reached: true })
})

t.test('nothing in the snippet is unknown to it', async t => {
  const log = await readFile(network.servers.a.log, 'utf8')
  t.notMatch(log, /unknown option|invalid option|deprecated/iu)
})
