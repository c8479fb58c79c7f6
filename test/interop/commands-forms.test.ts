// Commands on a real server with two stock clients: as forms in slixmpp, in chat with go-sendxmpp.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { testFolder } from '../_folder.js'
import { createGpg } from '../_gpg.js'
import { until } from '../_until.js'
import { createClient } from '../lab/go-sendxmpp.js'
import { startNetwork, type Network } from '../lab/network.js'
import { startPlugins, type Plugins } from '../lab/plugins.js'
import { createCommandClient, fillInForm, type CommandClient } from '../lab/slixmpp-commands.js'

// Registered before the folder is made, so that it comes before the folder is removed.
t.teardown(async () => {
  for (const client of clients) await client.stop()
  await plugins.stop()
  await network.stop()
})

const folder = testFolder(t)
const component = 'p3do.a.example'
let network: Network
let plugins: Plugins
const clients: CommandClient[] = []
let alice: CommandClient
let bob: CommandClient

t.before(async () => {
  network = await startNetwork({ folder })
  plugins = await startPlugins({ folder, servers: network.servers, profile: 'fast' })
  alice = await createCommandClient(join(folder, 'slixmpp-alice'), network.users.a)
  bob = await createCommandClient(join(folder, 'slixmpp-bob'), network.users.b)
  clients.push(alice, bob)
})

t.test('a stock client lists what its user may do; users of other servers are refused', async t => {
  const { commands = {} } = await alice.list(component)
  t.match(commands, { help: 'Help', custody: 'Who holds my key', erase: 'Erase me' })
  t.notOk('status' in commands)
  t.same(await bob.list(component), { condition: 'forbidden' })
  t.match(await bob.begin(component, 'help'), { condition: 'forbidden' })
  t.match(await alice.begin(component, 'status'), { condition: 'forbidden' })
  t.match(await alice.begin(component, 'nothing'), { condition: 'item-not-found' })
})

t.test('a form is filled in, refused with the field and its fix, mended, and done', async t => {
  const form = await alice.begin(component, 'route')
  t.match(form, { status: 'executing', fields: { server: ['text-single', /Servers/, true] } })
  t.match(await alice.goOn(form.session, 'complete', { server: '' }), {
    condition: 'bad-request',
    text: /^Servers.*fill this in\.$/,
  })
  t.match(await alice.goOn(form.session, 'complete', { server: 'b.example '.repeat(20_000) }), {
    condition: 'bad-request',
    text: /at most 4096 characters/,
  })
  t.match(await alice.goOn(form.session, 'complete', { server: 'c.example b.example' }), {
    status: 'completed',
    notes: [['info', 'Messages to b.example go by c.example, then b.example.']],
  })
})

t.test('a table comes as a table', async t => {
  const { status, values, notes = [] } = await alice.begin(component, 'certificate new')
  t.equal(status, 'completed')
  t.match(values, { file: /^-----BEGIN PKCS12-----\n[^]+\n-----END PKCS12-----$/ })
  t.match(notes[0]?.[1], /passphrase, shown this once: \S+\nSave/)
  const { rows = [] } = await alice.begin(component, 'certificate')
  t.match(rows, [[/^[0-9a-f]+$/, 'alice@a.example', /^until 20/]])
})

t.test('a key leaves under a passphrase of the user, which is nowhere else', async t => {
  const passphrase = 'only in this form, 42'
  const form = await alice.begin('p3do@p3do.a.example', 'key export')
  t.match(form.fields, { passphrase: ['text-private', /^Passphrase/, false] })
  t.match(await alice.goOn(form.session, 'complete', { passphrase: 'short' }), {
    status: 'executing',
    notes: [['error', /12 characters/]],
  })
  const { values = {}, notes = [] } = await alice.goOn(form.session, 'complete', { passphrase })
  const { file: text = '' } = values
  t.notMatch(text + String(notes), /Its passphrase|only in this form/)
  const gpg = await createGpg()
  t.teardown(() => gpg.destroy())
  const file = await gpg.file('key.asc', Buffer.from(text))
  const [secret, word] = [
    await gpg.file('plain', Buffer.from('hello')),
    await gpg.file('word', Buffer.from(passphrase)),
  ]
  await gpg.run('--pinentry-mode', 'loopback', '--passphrase-file', word, '--import', file)
  await gpg.run('--pinentry-mode', 'loopback', '--passphrase-file', word, '--sign', secret)
  t.notMatch(await readFile(plugins.plugins.a.log, 'utf8'), /only in this form/)
})

const done = (words: RegExp): object => ({ status: 'completed', notes: [['info', words]] })
const serialOf = async (): Promise<string> => {
  const { rows = [] } = await alice.begin(component, 'certificate')
  return rows.find(row => !row.join().includes('taken back'))?.[0] ?? ''
}

t.test('pseudonyms, the keys of others and login certificates, by forms', async t => {
  for (const [node, fields, words] of [
    ['pseudonym new', { name: 'fox' }, /^fox@p3do\.a\.example is yours/],
    ['pseudonym drop', { pseudonym: 'fox' }, /^fox@p3do\.a\.example is dropped/],
    ['key', { 'address-or-domain': 'nobody@b.example' }, /^nobody@b\.example/],
    ['certificate revoke', { serial: await serialOf() }, /^It is taken back/],
    ['revoke', { fingerprint: '' }, /If you mean it, write: revoke [0-9A-F]{40}/],
  ] as const) {
    t.match(await fillInForm(alice, component, node, fields), done(words), node)
    if (node === 'pseudonym new')
      t.match((await alice.begin(component, 'pseudonym list')).rows, [['fox@p3do.a.example', /20/]])
  }
  t.match(await alice.begin(component, 'pseudonym list'), { notes: [['info', /You have no pseudonym/]] })
})

t.test('so in chat with another client', async t => {
  await alice.begin(component, 'certificate new')
  const client = await createClient(folder)
  const chat = await client.chat(network.users.a, 'p3do@p3do.a.example')
  t.teardown(() => chat.stop())
  const answers = async (line: string, words: RegExp): Promise<string> => {
    const before = chat.stanzas.items.length
    chat.say(line)
    return chat.stanzas.waitFor(text => chat.stanzas.items.lastIndexOf(text) >= before && words.test(text))
  }
  await answers('pseudonym new owl', /owl@p3do\.a\.example is yours/)
  await answers('pseudonym list', /owl@p3do\.a\.example[^<]*known to others/)
  await answers('pseudonym drop owl', /owl@p3do\.a\.example is dropped/)
  await answers('key nobody@b.example', /nobody@b\.example: /)
  await answers(`certificate revoke ${await serialOf()}`, /It is taken back/)
  const [, meant = ''] = /(revoke [0-9A-F]{40})/.exec(await answers('revoke', /write: revoke/)) ?? []
  t.ok(await answers(meant, /is revoked, and everybody is told/))
})

t.test('the same commands in chat with another client', async t => {
  const client = await createClient(folder)
  const listener = await client.listen(network.users.a)
  t.teardown(() => listener.stop())
  await client.send(network.users.a, 'p3do@p3do.a.example', 'delivery')
  await listener.messages.waitFor(({ text }) => text.startsWith('All your messages have arrived'))
  await client.send(network.users.a, 'p3do@p3do.a.example', 'erase')
  const { text } = await listener.messages.waitFor(({ text }) => text.includes('If you mean it'))
  t.match(text, /write: erase alice@a\.example$/)
})

t.test('who is erased is gone for everybody, after a warning', async t => {
  const form = await alice.begin(component, 'erase')
  const warning = await alice.goOn(form.session, 'next', { address: 'alice@a.example' })
  t.match(warning, { status: 'executing', actions: ['complete', 'prev'], instructions: /can not be undone/ })
  t.match(await alice.goOn(form.session, 'complete'), { notes: [['info', /^You are erased/]] })
  const explained = await plugins.plugins.a.operate('keys', 'explain', 'alice@a.example')
  t.match(explained, /not trusted/)
  t.match(await plugins.plugins.a.operate('x509', 'list'), /taken back/)
})

t.test('an admin looks at contexts and queue, changes the log, and makes the link anew', async t => {
  const { a } = plugins.plugins
  const file = join(a.folder, 'p3do.toml')
  const config = await readFile(file, 'utf8')
  await writeFile(file, config.replace(/^\[server\]$/m, '[server]\nadmins = ["alice@a.example"]'))
  t.equal(await a.operate('reload'), 'Taken up: server.admins.\n')
  t.match(await alice.begin(component, 'status'), { status: 'executing' })
  t.match((await alice.begin(component, 'contexts')).rows, [[/@conference\.a\.example$/, 'main', 'speaks']])
  t.match((await alice.begin(component, 'peers list')).rows, [
    ['b.example', /configuration/, /federated/],
    ['c.example', /configuration/, /federated/],
  ])
  const unshown = { domain: 'b.example', fingerprint: `04${'ab'.repeat(20)}` }
  t.match(JSON.stringify(await fillInForm(alice, component, 'peers approve', unshown)), /is not suspended/)
  t.match((await alice.begin(component, 'users list')).rows, [
    ['alice@a.example', /^[0-9A-F]{40}$/, 'this server'],
  ])
  t.match(await alice.begin(component, 'reload'), done(/^The configuration is the same as before/))
  t.match(await alice.begin(component, 'queue'), { status: 'completed', title: 'Queue' })
  const level = await alice.begin(component, 'log level')
  t.match(await alice.goOn(level.session, 'complete', { 'debug|info|warn|error': 'debug' }), {
    notes: [['info', /debug or more/]],
  })
  const links = await linksMade()
  const warning = await alice.begin(component, 'reconnect')
  await alice.goOn(warning.session, 'complete')
  // What is said while there is no link may be lost.
  await until('another link', async () => (await linksMade()) > links)
  t.match(await readFile(a.log, 'utf8'), /an admin asked for it/)
  t.match(await alice.begin(component, 'help'), { status: 'completed' })
})

async function linksMade(): Promise<number> {
  const log = await readFile(network.servers.a.log, 'utf8')
  return log.split('External component successfully authenticated').length
}
