// A user whose server is down goes on at another one, ejabberd, with gpg, and with a stock client that has the key, as
// docs/users.md says.
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { testFolder } from '../_folder.js'
import { createGpg, type Gpg } from '../_gpg.js'
import { createClient, type Client, type Listener } from '../lab/go-sendxmpp.js'
import { startNetwork, type Network } from '../lab/network.js'
import { startPlugins, type Plugins } from '../lab/plugins.js'
import { exportKey } from '../lab/visit.js'
import { untilAnswered } from './_answers.js'
import { readArmor } from '../../plugin/openpgp/index.js'
import { unprotectKey } from '../../plugin/openpgp/protected-key.js'

// Registered before the folder is made, so that it comes before the folder is removed.
t.teardown(async () => {
  await carol.stop()
  await bob.stop()
  await gpg.destroy()
  await plugins.stop()
  await network.stop()
})

const folder = testFolder(t)
const [alice, desk] = ['alice@a.example', 'p3do@p3do.c.example']
const toBob = 'bob\\40b.example@p3do.c.example'
const passphrase = 'kept at home since 2026'
let network: Network
let plugins: Plugins
let client: Client
let gpg: Gpg
let carol: Listener
let bob: Listener
let exported: string

t.before(async () => {
  gpg = await createGpg()
  network = await startNetwork({ folder, ejabberd: ['c'] })
  plugins = await startPlugins({ folder, servers: network.servers, profile: 'fast' })
  client = await createClient(folder)
  carol = await client.listen(network.users.c)
  bob = await client.listen(network.users.b)
  exported = await exportKey(folder, network.users.a, passphrase)
  await client.send(network.users.b, 'p3do@p3do.b.example', 'help')
  for (const user of [alice, 'bob@b.example'])
    await untilAnswered(
      plugins.plugins.c,
      ['keys', 'explain', user],
      answer => answer.includes('trusted since'),
      120_000,
    )
  await plugins.plugins.a.stop()
  await network.servers.a.stop()
})

const secretly = async (): Promise<string[]> => [
  ...['--pinentry-mode', 'loopback'],
  ...['--passphrase-file', await gpg.file('word', Buffer.from(passphrase))],
]

t.test('in chat: what gpg signed and what it opened make a visit, for a client that encrypts', async t => {
  await gpg.run(...(await secretly()), '--import', await gpg.file('key.asc', Buffer.from(exported)))
  await client.send(network.users.c, desk, `visit begin ${alice}`)
  const { text: asked } = await carol.messages.waitFor(({ text }) => text.includes('P3DO visit v1'))
  const [, key = ''] = /gpg --local-user ([0-9A-F]{40}) --clearsign FILE/u.exec(asked) ?? []
  const [statement = ''] = /^P3DO visit v1\n(?:[a-z]+: \S+\n?){6}/mu.exec(asked) ?? []
  const lines = await gpg.file('lines', Buffer.from(statement))
  await gpg.run(...(await secretly()), '--local-user', key, '--clearsign', lines)
  await client.send(network.users.c, desk, `visit sign\n${await readFile(`${lines}.asc`, 'utf8')}`)
  await carol.messages.waitFor(({ text }) => text.startsWith('You visit as alice@a.example'))
  const [copy = ''] = /-----BEGIN PGP MESSAGE-----[^]+-----END PGP MESSAGE-----/u.exec(asked) ?? []
  const { stdout } = await gpg.run(
    ...(await secretly()),
    '--decrypt',
    await gpg.file('copy', Buffer.from(copy)),
  )
  await client.send(network.users.c, desk, `visit mailbox ${stdout}`)
  await carol.messages.waitFor(({ text }) => text.startsWith('Your mailbox key is here.'))
  // Her key never was here, so that her client has to encrypt.
  const chat = await client.chat(network.users.c, toBob)
  t.teardown(() => chat.stop())
  chat.say('in clear')
  t.match(
    await chat.stanzas.waitFor(text => text.includes('Nothing was sent')),
    /Your key is in your own client/,
  )
})

t.test('the admin sees who visits, and the visitor leaves', async t => {
  t.match(await plugins.plugins.c.operate('visits'), /alice@a\.example: carol@c\.example, until 20/)
  await client.send(network.users.c, desk, 'visit end')
  await carol.messages.waitFor(({ text }) => text.startsWith('The visit is over'))
  t.equal(await plugins.plugins.c.operate('visits'), 'Nobody visits.\n')
})

t.test(
  'a client that has her key signs and encrypts the lines that it is asked for, and writes as her',
  async t => {
    await client.importKey(network.users.c, await keyFor('carol@c.example'))
    const shown = carol.messages.items.length
    await client.send(network.users.c, desk, `visit begin ${alice}`)
    const { text: asked } = await carol.messages.waitFor(
      item => carol.messages.items.indexOf(item) >= shown && item.text.includes('P3DO visit v1'),
    )
    const [statement = ''] = /^P3DO visit v1\n(?:[a-z]+: \S+\n?){6}/mu.exec(asked) ?? []
    await client.send(network.users.c, desk, statement, { encrypted: true })
    await carol.messages.waitFor(
      item =>
        carol.messages.items.indexOf(item) >= shown && item.text.startsWith('You visit as alice@a.example'),
    )
    await client.send(network.users.c, toBob, 'signed by my client', { encrypted: true })
    const { from } = await bob.messages.waitFor(({ text }) => text === 'signed by my client')
    t.equal(from, 'alice\\40a.example@p3do.b.example')
  },
)

/** Her key in a file as a client of that account takes it: with its name among the user IDs, and without a passphrase. */
async function keyFor(account: string): Promise<string> {
  const clear = await unprotectKey(readArmor(exported, 'PRIVATE KEY BLOCK') ?? Buffer.alloc(0), passphrase)
  const own = await createGpg()
  try {
    await own.run('--import', await own.file('key', clear ?? Buffer.alloc(0)))
    await own.run(
      '--passphrase',
      '',
      '--pinentry-mode',
      'loopback',
      '--quick-add-uid',
      `=xmpp:${alice}`,
      `xmpp:${account}`,
    )
    await own.run('--output', `${folder}/key`, '--export-secret-keys')
    return `${folder}/key`
  } finally {
    await own.destroy()
  }
}
