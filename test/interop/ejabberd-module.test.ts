// mod_p3do on a real ejabberd: what it does for its component, and that it does nothing for anybody else.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { createCounters } from '../../adapters/counters.js'
import { systemRandom } from '../../adapters/random.js'
import { createAccounts } from '../../adapters/xmpp/accounts.js'
import { createLink, type Link } from '../../adapters/xmpp/link.js'
import { createUsers } from '../../adapters/xmpp/users.js'
import { parseUserAddress } from '../../plugin/addresses.js'
import { PluginError } from '../../plugin/errors.js'
import { generateUserKey } from '../../plugin/openpgp/index.js'
import { createClient } from '../lab/go-sendxmpp.js'
import type { HostServer } from '../lab/host-server.js'
import { startDevice } from '../lab/slixmpp-chat.js'
import { startNetwork, type Network } from '../lab/network.js'
import { testFolder } from '../_folder.js'
import {
  condition,
  ensureMarks,
  ensureRules,
  ensureTakenOut,
  list,
  refused,
  route,
  user,
  restartHost,
} from './_module-requests.js'

// Registered before the folder is made, so that it comes before the folder is removed.
t.teardown(async () => {
  await link.stop()
  await strange.stop()
  await network.stop()
})

const folder = testFolder(t)
const [alice, bob] = [parseUserAddress('alice@a.example'), parseUserAddress('bob@b.example')]
const ignore = (): void => undefined
const log = { debug: ignore, info: ignore, warn: ignore, error: ignore }
const counters = createCounters()
let network: Network
let link: Link
let strange: Link
const accounts = () => createAccounts({ link, hostDomain: 'a.example' })
const users = () => createUsers({ link, hostDomain: 'a.example', random: systemRandom, counters, log })

const linkTo = async ({ address, component }: HostServer): Promise<Link> => {
  const service = `xmpp://${address}:${String(component.port)}`
  const { domain, secret } = component
  const made = createLink({ service, domain, secret, random: systemRandom, counters, log })
  await made.start()
  return made
}

t.before(async () => {
  network = await startNetwork({
    folder,
    ejabberd: ['a'],
    componentSecret: randomBytes(16).toString('hex'),
  })
  link = await linkTo(network.servers.a)
  strange = await linkTo(network.servers.b)
})

t.test('a key that it publishes is read as any other; accounts exist or not', async t => {
  const { certificate } = generateUserKey(alice, Date.now())
  const { fingerprint, octets } = certificate
  const key = { fingerprint, certificate: octets, changed: Date.UTC(2026, 0, 1) }
  t.equal(await accounts().publishKey(alice, key, [key]), true)
  t.same(await accounts().listedKeys(alice), [{ fingerprint, changed: key.changed }])
  t.same(await accounts().readKey(alice, fingerprint), octets)
  t.equal(await accounts().publishKey(alice, key, [key]), true)
  t.equal(await accounts().exists(alice), true)
  for (const other of ['nobody@a.example', 'bob@b.example', 'alice@p3do.a.example'])
    t.equal(await accounts().exists(parseUserAddress(other)), false, other)
})

for (const [name, [text, wanted]] of Object.entries(refused)) {
  t.test(`${name} is refused, and what is there stays`, async t => {
    t.equal(await condition(link, text), wanted)
    t.same((await accounts().listedKeys(alice)).length, 1)
  })
}

t.test('the component of another server and bots of this one are forbidden', async t => {
  const text = route(`dir='key' ${user} node='${list}'`)
  t.equal(await condition(strange, text), 'forbidden')
  t.equal(await condition(link, text.replace('<iq ', "<iq from='speaker@p3do.a.example' ")), 'forbidden')
})

t.test('everyone is everyone at other servers, and rules take exceptions', t => ensureRules(t, link))

t.test('what comes twice is shown once, after a kill as well; errors are shown on devices', async t => {
  const client = await createClient(folder)
  const hand = (number: number, body: string) =>
    users().deliver({ user: alice, contact: bob, body, id: 'of-the-sender', once: `name-${String(number)}` })
  t.equal(await users().dropsRepeats(), true)
  const before = await client.listen(network.users.a)
  t.teardown(() => before.stop())
  await hand(1, 'once')
  await hand(1, 'twice')
  await hand(2, 'another')
  await before.messages.waitFor(({ text }) => text === 'another')
  await before.stop()
  const online = new Promise<void>(resolve => link.onOnline(resolve))
  await network.servers.a.kill()
  await network.servers.a.start()
  await online
  const again = await client.listen(network.users.a)
  t.teardown(() => again.stop())
  await hand(2, 'a third time')
  await hand(3, 'the last')
  await again.messages.waitFor(({ text }) => text === 'the last')
  const texts = [...before.messages.items, ...again.messages.items].map(({ text }) => text)
  t.same(
    texts.filter(text => text !== 'x'),
    ['once', 'another', 'the last'],
  )
  const reason = new PluginError('not-acknowledged', 'Nobody acknowledged it.')
  await users().fail({ user: alice, contact: bob, id: 'm9' }, reason)
  t.match(await again.stanzas.waitFor(text => text.includes('Nobody acknowledged it.')), /id=['"]m9/u)
})

const logIn = (resource: string) => startDevice(folder, network.users.a, resource)
const restart = () => restartHost(link, network.servers.a)

t.test('addresses of the component leave contact lists, and no others do', t =>
  ensureTakenOut(t, link, logIn),
)

// The laboratory makes the accounts that are not there at each start.
t.test('an account that is made anew has another mark', t =>
  ensureMarks(t, link, logIn, { restart, makeAnew: restart }),
)
