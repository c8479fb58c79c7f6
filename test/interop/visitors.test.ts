// A user of a.example, which is away, logs in at c.example with the certificate that her own server gave her: real servers, a
// stock client, and the file from the command.
import { X509Certificate, randomBytes } from 'node:crypto'
import t from 'tap'
import { parseDomain } from '../../plugin/addresses.js'
import { makeX509Authority } from '../../plugin/x509/certificates.js'
import { takeFileBlock } from '../../plugin/commands/file-block.js'
import { createOpenssl, type Openssl } from '../_openssl.js'
import { testFolder } from '../_folder.js'
import { anyCertificate, visitorKey } from '../_visiting.js'
import { createClient } from '../lab/go-sendxmpp.js'
import { startNetwork, type LabUser, type Network } from '../lab/network.js'
import { startPlugins, type Plugins, type Step } from '../lab/plugins.js'
import { startDevice, type Device } from '../lab/slixmpp-chat.js'

const folder = testFolder(t)
const account = 'alice\\40a.example@c.example'
let network: Network
let plugins: Plugins
let openssl: Openssl
const files: Record<string, string> = {}

const fetched =
  (event: string) =>
  (step: Step): boolean =>
    step.event === event && step.server === 'c' && step['peer'] === 'a.example'
const a = (...words: string[]): Promise<string> => plugins.plugins.a.operate(...words)
const visitor = (): LabUser => ({ address: account, password: '', server: network.users.c.server })
const logIn = (file: string | undefined, resource = 'r'): Promise<Device> =>
  startDevice(folder, visitor(), resource, file)

/** Unpacks a file of PKCS #12 as a user's client does. */
async function unpack(name: string, file: Buffer, passphrase: string): Promise<string> {
  const packed = await openssl.file(`${name}.p12`, file)
  const pem = await openssl.run(
    'pkcs12',
    '-in',
    packed,
    '-passin',
    `pass:${passphrase}`,
    '-nodes',
    '-clcerts',
  )
  return openssl.file(`${name}.pem`, pem)
}

/** By the command of the home server; resolves to the serial number. */
async function issue(name: string): Promise<string> {
  const answer = await a('x509', 'issue', 'alice@a.example')
  const taken = takeFileBlock(answer)
  const passphrase = /([a-z02-9]{5}-){3}[a-z02-9]{5}/.exec(answer)?.[0]
  if (!taken || passphrase === undefined) throw new Error(answer)
  files[name] = await unpack(name, taken.octets, passphrase)
  const [serial = ''] = /4[0-9a-f]{31}|[5-7][0-9a-f]{31}/.exec(taken.words) ?? []
  return serial
}

t.before(async () => {
  network = await startNetwork({ folder })
  plugins = await startPlugins({ folder, servers: network.servers, profile: 'fast' })
  openssl = await createOpenssl(folder)
  const client = await createClient(folder)
  await client.send(network.users.a, 'p3do@p3do.a.example', 'help')
  await plugins.journey.waitFor(fetched('fetched keys'))
  await issue('good')
  const stolen = await issue('stolen')
  await plugins.journey.waitFor(fetched('fetched x509'))
  const before = plugins.journey.items.length
  await a('x509', 'revoke', stolen)
  await plugins.journey.waitFor(
    step => plugins.journey.items.indexOf(step) >= before && fetched('fetched x509')(step),
  )
  await plugins.plugins.a.stop()
  await network.servers.a.stop()
})

t.teardown(async () => {
  await plugins.stop()
  await network.stop()
})

t.test('she is let in by it as her own account there, and told what is left to do', async t => {
  const device = await logIn(files['good'])
  t.teardown(() => device.stop())
  t.equal(device.address, `${account}/r`)
  const welcome = await device.stanzas.waitFor(text => text.includes('You are visiting as alice@a.example'))
  t.match(welcome, 'visit import')
  const added = await device.ask(
    'set',
    account,
    "<query xmlns='jabber:iq:roster'><item jid='carol@c.example'/></query>",
  )
  t.match(added, 'type="result"')
})

t.test('what others write to that account waits for her, as for anybody', async t => {
  const carol = await startDevice(folder, network.users.c, 'r')
  t.teardown(() => carol.stop())
  carol.send(`<message to='${account}' type='chat'><body>waiting</body></message>`)
  await carol.ask('get', 'c.example', "<ping xmlns='urn:xmpp:ping'/>")
  const device = await logIn(files['good'])
  t.teardown(() => device.stop())
  t.match(await device.stanzas.waitFor(text => text.includes('waiting')), 'carol@c.example')
  const roster = await device.ask('get', account, "<query xmlns='jabber:iq:roster'/>")
  t.match(roster, 'carol@c.example', 'and whom she added is still there')
})

t.test('a revoked one does not let in', async t => {
  await t.rejects(logIn(files['stolen']), /refused: not-authorized The certificate was revoked/)
})

t.test('nor does one of another authority, for nobody, for several, or of a user of this server', async t => {
  const authority = await makeX509Authority(parseDomain('a.example'), Date.now())
  const span = { begins: Date.now() - 60_000, ends: Date.now() + 3_600_000 }
  for (const [addresses, reason] of [
    [['alice@a.example'], /not-authorized The certificate is not of your own server/],
    [['bob@b.example'], /not-authorized Your own server never told/],
    [['alice@a.example', 'bob@b.example'], /not-authorized There are several addresses/],
    [['carol@c.example'], /No appropriate login method/],
    [[], /No appropriate login method/],
  ] as const) {
    const certificate = new X509Certificate(anyCertificate(authority, { ...span, addresses }))
    const file = await openssl.file('wrong.pem', certificate.toString() + visitorKey)
    await t.rejects(logIn(file), reason, addresses.join())
  }
})

t.test('nobody comes into that account by a password, and nobody sets one', async t => {
  const device = await logIn(files['good'])
  t.teardown(() => device.stop())
  const setting = `<query xmlns='jabber:iq:register'><username>alice\\40a.example</username><password>mine</password></query>`
  for (const to of [account, 'c.example']) t.match(await device.ask('set', to, setting), 'not-allowed')
  for (const password of ['mine', '', randomBytes(8).toString('hex')])
    await t.rejects(startDevice(folder, { ...visitor(), password }, 'other'), /slixmpp ended/)
})

t.test('users of the server log in as ever', async t => {
  const carol = await startDevice(folder, network.users.c, 'again')
  t.teardown(() => carol.stop())
  t.equal(carol.address, 'carol@c.example/again')
  await t.rejects(
    startDevice(folder, { ...network.users.c, password: 'wrong' }, 'no'),
    /refused: not-authorized/,
  )
})

t.test('without the plugin nobody is let in by a certificate, and all others are', async t => {
  await plugins.plugins.c.stop()
  await t.rejects(logIn(files['good']), /refused: temporary-auth-failure/)
  const carol = await startDevice(folder, network.users.c, 'alone')
  t.teardown(() => carol.stop())
  t.ok(carol.address)
})
