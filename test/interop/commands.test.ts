// The command line beside a running plugin on real servers: answers, exit codes, restarts, a backup, and a peer that is removed.
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { quick } from '../adapters/cli/_program.js'
import { testFolder } from '../_folder.js'
import { createGpg } from '../_gpg.js'
import { createClient } from '../lab/go-sendxmpp.js'
import { startNetwork, type Network } from '../lab/network.js'
import { startPlugins, type Plugins, type Step } from '../lab/plugins.js'
import { untilAnswered } from './_answers.js'

const folder = testFolder(t)
let network: Network
let plugins: Plugins

t.before(async () => {
  network = await startNetwork({ folder })
  plugins = await startPlugins({ folder, servers: network.servers, profile: 'fast' })
})

t.teardown(async () => {
  await plugins.stop()
  await network.stop()
})

const a = (...words: string[]): Promise<string> => plugins.plugins.a.operate(...words)
const socket = (): Promise<number> =>
  stat(join(plugins.plugins.a.folder, 'data', 'control.sock')).then(({ mode }) => mode & 0o777)

t.test('the socket is for its owner only, and peers are listed', async t => {
  t.equal(await socket(), 0o600)
  t.match(
    await a('peers', 'list'),
    /^b\.example \(of the configuration\): federated, key .*\nc\.example .*: federated/,
  )
})

t.test('a verdict is explained, and gpg reads the exported ring', async t => {
  const client = await createClient(folder)
  await client.send(network.users.b, 'p3do@p3do.b.example', 'help')
  await plugins.journey.waitFor(
    ({ event, server, peer }) => event === 'fetched keys' && server === 'a' && peer === 'b.example',
  )
  t.match(
    await a('keys', 'explain', 'bob@b.example'),
    /^bob@b\.example: trusted since .*: certified by b\.example on .*, whose key this server countersigned on .*, DNS does not answer now\. Next to end: /,
  )
  const gpg = await createGpg()
  t.teardown(() => gpg.destroy())
  await gpg.run('--import', await gpg.file('ring.asc', Buffer.from(await a('keys', 'export'))))
  t.hasStrict(Object.keys(await gpg.validities()).sort(), [
    'a.example <openpgp-ca@a.example>',
    'b.example <openpgp-ca@b.example>',
    'c.example <openpgp-ca@c.example>',
    'xmpp:bob@b.example',
  ])
})

t.test(
  'wrong usage ends with 2, a stopped plugin with 3, and a killed one leaves nothing in the way',
  async t => {
    await t.rejects(a('peers', 'remove', 'b.example'), { code: 2, stderr: /^p3do: .*change it there\.\n$/ })
    await plugins.plugins.a.stop()
    const notRunning = { code: 3, stderr: /^p3do: P3DO is not running for this configuration/ }
    await t.rejects(a('peers', 'list'), notRunning)
    await t.rejects(socket(), { code: 'ENOENT' })
    await restarted(() => Promise.resolve())
    t.match(await a('peers', 'list'), /b\.example/)
    await plugins.plugins.a.kill()
    t.equal(await socket(), 0o600, 'it is still there, and nobody behind it')
    await t.rejects(a('peers', 'list'), notRunning)
    await restarted(() => Promise.resolve())
    t.equal(await socket(), 0o600)
  },
)

t.test('a running plugin is backed up, under a passphrase from a file', async t => {
  const [secret, backup] = [join(folder, 'passphrase'), join(folder, 'a.backup')]
  await writeFile(secret, 'correct horse battery\n', { mode: 0o600 })
  t.match(await a('backup', backup, ...quick, '--passphrase-file', secret), /^The backup is in .*a\.backup\./)
  t.match((await readFile(backup)).toString('latin1'), /^age-encryption\.org\/v1\n-> scrypt /)
  await t.rejects(a('backup', backup, '--passphrase-file', secret), { code: 2, stderr: /exists already/ })
  t.match(await a('peers', 'list'), /b\.example/, 'and goes on')
})

t.test('a peer that was added is met at once, and hears the room no more when it is removed', async t => {
  await plugins.plugins.a.stop()
  const file = join(plugins.plugins.a.folder, 'p3do.toml')
  await writeFile(file, (await readFile(file, 'utf8')).replace(/^peers = .*$/m, ''))
  await restarted(() => a('peers', 'add', 'b.example'))
  await untilAnswered(plugins.plugins.a, ['status'], answer =>
    /: .* servers that may listen: 1,/.test(answer),
  )
  t.match(await a('peers', 'list'), /^b\.example \(added by an admin\): federated, key [0-9A-F]{40}\n$/)
  const before = plugins.journey.items.length
  const client = await createClient(folder)
  await client.send(network.users.a, 'bob\\40b.example@p3do.a.example', 'do you hear me')
  await plugins.journey.waitFor(
    step =>
      step.server === 'b' && step.event === 'delivered' && plugins.journey.items.indexOf(step) >= before,
  )
  await next('b', 'misses', 'a.example', () => a('peers', 'remove', 'b.example'))
  t.equal(await a('peers', 'list'), 'There are no peers.\n')
})

/** Starts a again, and waits until it answers commands and hears b. */
async function restarted(prepare: () => Promise<unknown>): Promise<void> {
  await next('a', 'hears', 'b.example', async () => {
    plugins.plugins.a.start()
    await untilAnswered(plugins.plugins.a, ['peers', 'list'], answer => answer !== '')
    await prepare()
  })
}

/** Waits for a step that comes when, or after, something is done. */
async function next(server: string, event: string, peer: string, act: () => Promise<unknown>): Promise<void> {
  const fits = (step: Step): boolean =>
    step.server === server && step.event === event && step['peer'] === peer
  const before = plugins.journey.items.filter(fits).length
  await act()
  const isNew = (step: Step): boolean => fits(step) && plugins.journey.items.filter(fits).length > before
  await plugins.journey.waitFor(isNew, 120_000)
}
