// A server that is lost in the middle of its work goes on from its backup on another machine.
import { join } from 'node:path'
import { Readable } from 'node:stream'
import t, { type Test } from 'tap'
import { startControl } from '../../../adapters/control/index.js'
import { openStore, type DatabaseStore } from '../../../adapters/database/index.js'
import { keyFileAt, loadSecrets } from '../../../adapters/secret-files.js'
import { loadConfig } from '../../../adapters/toml-config.js'
import { createSealer } from '../../../plugin/sealer.js'
import { counted } from '../../_counted-work.js'
import { silentLog, startMemoryServers, type Home, type MemoryServer } from '../../_memory-servers.js'
import { p3do, quick } from '../cli/_program.js'
import { testFolder } from '../../_folder.js'

const passphrase = () => ({ input: Readable.from(['correct horse battery\n']) })

/** Opens what the command line made in a folder, as the plugin does. */
const homeIn = (folder: string) => async (): Promise<Home> => {
  const { secrets, server } = await loadConfig(join(folder, 'p3do.toml'), {})
  const { seal } = await loadSecrets(secrets)
  const store = counted(await openStore(server.data))
  return { store, sealer: createSealer(seal), keyFile: keyFileAt(secrets.serverKey) }
}

/** Servers that know each other's users; the first one's home is a folder. */
async function servers(t: Test) {
  const root = testFolder(t)
  const [old, fresh, file] = [join(root, 'old'), join(root, 'new'), join(root, 'a.backup')]
  await p3do(['init', '--domain', 'a.example', '--folder', old])
  const lab = await startMemoryServers({ names: ['a', 'b', 'c'], homes: { a: homeIn(old) } })
  t.teardown(() => lab.stop())
  const [a, b] = lab.servers
  if (!a || !b) throw new Error('Three servers were asked for.')
  await b.say('bob@b.example', null, 'help')
  await a.say('alice@a.example', null, 'help')
  await a.learns('bob@b.example')
  await b.learns('alice@a.example')
  const backup = async () => {
    // The database can be copied; the port says nothing of it.
    const snapshot = () => (a.store as DatabaseStore).snapshot()
    const operate = () => Promise.reject(new Error('nobody asked'))
    const control = await startControl({
      folder: join(old, 'data'),
      operate,
      snapshot,
      probe: operate,
      log: silentLog,
    })
    t.match(await p3do(['backup', file, ...quick, '--config', join(old, 'p3do.toml')], passphrase()), {
      code: 0,
    })
    await control.stop()
  }
  const move = async () => {
    t.match(await p3do(['restore', file, '--folder', fresh], passphrase()), { code: 0, err: '' })
    await a.restart(homeIn(fresh))
    // Peers look once a minute at most, and so does a server that none has let in.
    const all = () => lab.servers.every(({ service }) => service.reachable().length === 3)
    await lab.until(all, 600_000)
    await lab.pass(1000)
  }
  // What was on its way to its users when it went away is sent there again two minutes after it is heard (PROTO s12.5), or at the
  // end of a pause that began just before, of up to five minutes.
  const until = (condition: () => boolean) => lab.until(condition, 900_000)
  return { ...lab, a, b, backup, move, until }
}

const times = ({ shown }: MemoryServer, text: string) => shown.filter(({ body }) => body === text).length

t.test('it goes on certifying under its fingerprint, and its peers trust it', async t => {
  const { a, b, backup, move, until } = await servers(t)
  const { fingerprint } = a.service
  await backup()
  await move()
  t.equal(a.service.fingerprint, fingerprint)
  await a.say('carol@a.example', null, 'help')
  await b.learns('carol@a.example')
  t.match(await b.service.operate(['keys', 'explain', 'carol@a.example']), /trusted/)
  await b.say('bob@b.example', 'carol@a.example', 'Hello Carol')
  await until(() => times(a, 'Hello Carol') === 1)
  await a.say('carol@a.example', 'bob@b.example', 'Hello Bob')
  await until(() => times(b, 'Hello Bob') === 1)
})

t.test('what was shown before the backup is not shown again, and what waited arrives', async t => {
  const { a, b, backup, move, until } = await servers(t)
  await b.say('bob@b.example', 'alice@a.example', 'shown before')
  await until(() => times(a, 'shown before') === 1)
  await a.say('alice@a.example', 'bob@b.example', 'waiting')
  await backup()
  t.equal(b.service.waiting, 1, 'the acknowledgement is lost with the old machine')
  await move()
  await until(() => a.service.waiting === 0 && b.service.waiting === 0)
  t.strictSame([times(a, 'shown before'), times(b, 'waiting')], [1, 1])
})

t.test('what happened behind the backup does not come again', async t => {
  const { a, b, backup, move, until } = await servers(t)
  const quiet = () => a.service.waiting === 0 && b.service.waiting === 0
  await a.say('alice@a.example', 'bob@b.example', 'waiting')
  await backup()
  await until(() => quiet() && times(b, 'waiting') === 1)
  await b.say('bob@b.example', 'alice@a.example', 'behind')
  await a.say('alice@a.example', 'bob@b.example', 'behind')
  await until(() => quiet() && times(a, 'behind') + times(b, 'behind') === 2)
  await move()
  await b.say('bob@b.example', 'alice@a.example', 'restored')
  await a.say('alice@a.example', 'bob@b.example', 'restored')
  await until(() => quiet() && times(a, 'restored') + times(b, 'restored') === 2)
  t.strictSame([times(b, 'waiting'), times(a, 'behind'), times(b, 'behind')], [1, 1, 1])
})
