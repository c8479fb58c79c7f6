// mod_p3do on a real Prosody: what it does for its component, and that it does nothing for anybody else.
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
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
import { startNetwork, type Network } from '../lab/network.js'
import type { HostServer } from '../lab/host-server.js'
import { startDevice } from '../lab/slixmpp-chat.js'
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
const alice = parseUserAddress('alice@a.example')
const { certificate } = generateUserKey(alice, Date.now())
const key = {
  fingerprint: certificate.fingerprint,
  certificate: certificate.octets,
  changed: Date.UTC(2026, 0, 1),
}
const digits = key.fingerprint.slice(2).toUpperCase()
const ignore = (): void => undefined
const log = { debug: ignore, info: ignore, warn: ignore, error: ignore }
const counters = createCounters()
let network: Network
let link: Link
let strange: Link

const linkTo = async ({ address, component }: HostServer): Promise<Link> => {
  const made = createLink({
    service: `xmpp://${address}:${String(component.port)}`,
    domain: component.domain,
    secret: component.secret,
    random: systemRandom,
    counters,
    log,
  })
  await made.start()
  return made
}

t.before(async () => {
  network = await startNetwork({ folder, componentSecret: randomBytes(16).toString('hex') })
  link = await linkTo(network.servers.a)
  strange = await linkTo(network.servers.b)
})

t.test('a key that it publishes is read as any other, before and after a restart of the server', async t => {
  const accounts = createAccounts({ link, hostDomain: 'a.example' })
  t.same(await accounts.listedKeys(alice), [])
  t.equal(await accounts.publishKey(alice, key, [key]), true)
  t.same(await accounts.listedKeys(alice), [{ fingerprint: key.fingerprint, changed: key.changed }])
  t.same(await accounts.readKey(alice, key.fingerprint), key.certificate)
  await restartHost(link, network.servers.a)
  t.same(await accounts.readKey(alice, key.fingerprint), key.certificate)
})

t.test('an account exists or not; others’ accounts and other words do not', async t => {
  const accounts = createAccounts({ link, hostDomain: 'a.example' })
  t.equal(await accounts.exists(alice), true)
  for (const user of ['nobody@a.example', 'bob@b.example', 'alice@p3do.a.example'])
    t.equal(await accounts.exists(parseUserAddress(user)), false, user)
  t.equal(
    await condition(link, "<iq type='get' to='a.example'><account xmlns='urn:p3do:route:0'/></iq>"),
    'bad-request',
  )
})

for (const [name, [text, wanted]] of Object.entries(refused)) {
  t.test(`${name} is refused, and what is there stays`, async t => {
    t.equal(await condition(link, text), wanted)
    const accounts = createAccounts({ link, hostDomain: 'a.example' })
    t.same((await accounts.listedKeys(alice)).length, 1)
  })
}

t.test('the component of another server is forbidden to publish and to ask', async t => {
  t.equal(await condition(strange, route(`dir='key' ${user} node='${list}'`)), 'forbidden')
  const question =
    "<iq type='get' to='a.example'><account xmlns='urn:p3do:route:0' user='alice@a.example'/></iq>"
  t.equal(await condition(strange, question), 'forbidden')
})

t.test('so are bots of the component', async t => {
  const asBot = route(`dir='key' ${user} node='${list}'`).replace(
    '<iq ',
    "<iq from='speaker@p3do.a.example' ",
  )
  t.equal(await condition(link, asBot), 'forbidden')
})

t.test('so are users, also for their own account', async t => {
  const client = await createClient(folder)
  const arrived = new Promise<void>(resolve => {
    link.onStanza(stanza => {
      if (stanza.getChildText('body') === 'after it') resolve()
    })
  })
  const publishing = route(`dir='key' ${user} node='${list}:${digits}'`).replace('<iq ', "<iq id='u1' ")
  const mark = "<message to='p3do.a.example' type='chat'><body>after it</body></message>"
  await client.raw(network.users.a, publishing + mark)
  await arrived
  const accounts = createAccounts({ link, hostDomain: 'a.example' })
  t.same(await accounts.readKey(alice, key.fingerprint), key.certificate)
  // The component can do with the same words what the user could not.
  t.equal(await condition(link, route(`dir='key' ${user} node='${list}:${digits}'`)), 'done')
  t.not((await accounts.readKey(alice, key.fingerprint))?.length, key.certificate.length)
})

t.test('a message that is handed over twice is shown once, also after a restart of the server', async t => {
  const client = await createClient(folder)
  const before = await client.listen(network.users.a)
  t.teardown(() => before.stop())
  const users = createUsers({ link, hostDomain: 'a.example', random: systemRandom, counters, log })
  t.equal(await users.dropsRepeats(), true)
  const contact = parseUserAddress('bob@b.example')
  const hand = (number: number, body: string) =>
    users.deliver({
      user: alice,
      contact,
      body,
      id: 'of-the-sender',
      once: `${'0f'.repeat(16)}-${String(number)}`,
    })
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
  const shown = [...before.messages.items, ...again.messages.items].map(({ text }) => text)
  t.same(shown, ['once', 'another', 'the last'])
})

t.test('the error for what did not arrive is shown on the user’s devices', async t => {
  const client = await createClient(folder)
  const listener = await client.listen(network.users.a)
  t.teardown(() => listener.stop())
  const users = createUsers({ link, hostDomain: 'a.example', random: systemRandom, counters, log })
  const reason = new PluginError('not-acknowledged', 'Nobody acknowledged it.')
  await users.fail({ user: alice, contact: parseUserAddress('bob@b.example'), id: 'm9' }, reason)
  const error = await listener.stanzas.waitFor(text => text.includes('Nobody acknowledged it.'))
  t.match(error, /type=['"]error/u)
  t.match(error, /id=['"]m9/u)
})

t.test('everyone is everyone at other servers, and rules take exceptions', t => ensureRules(t, link))

t.test('without the module nothing is said to be dropped', async t => {
  const users = createUsers({ link, hostDomain: 'b.example', random: systemRandom, counters, log })
  t.equal(await users.dropsRepeats(), false)
})

const logIn = (resource: string) => startDevice(folder, network.users.a, resource)
const restart = () => restartHost(link, network.servers.a)

t.test('addresses of the component leave contact lists, and no others do', t =>
  ensureTakenOut(t, link, logIn),
)

// Another process makes it, as prosodyctl does.
t.test('an account that is made anew has another mark', t =>
  ensureMarks(t, link, logIn, {
    restart,
    makeAnew: () =>
      writeFile(
        join(network.servers.a.log, '../data/a%2eexample/accounts/alice.dat'),
        `return { ["password"] = "${network.users.a.password}" };\n`,
      ),
  }),
)
