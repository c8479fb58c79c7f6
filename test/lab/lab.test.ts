// The laboratory itself: real servers, stock clients, and nothing left behind.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { createClient } from './go-sendxmpp.js'
import { startNetwork } from './network.js'
import type { Network } from './network.js'
import { startProsody } from './prosody.js'
import { testFolder } from '../_folder.js'

const runs = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

let network: Network
const folder = testFolder(t)

t.before(async () => {
  network = await startNetwork({ folder, tap: true })
})

t.test('a stock client reaches a user of another server', async t => {
  const { a, b } = network.users
  const client = await createClient(folder)
  const bob = await client.listen(b)
  t.teardown(() => bob.stop())
  await client.send(a, b.address, 'Hello\nBob: <&> \u00e9')
  const shown = await bob.messages.waitFor(() => true)
  t.match(shown, { from: a.address, text: 'Hello\nBob: <&> \u00e9' })
  const tapped = (await readFile(network.servers.a.tap, 'utf8')).trim().split('\n')
  const out = tapped.map(line => JSON.parse(line) as { direction: string; xml: string })
  t.ok(out.some(entry => entry.direction === 'out' && entry.xml.includes('Hello\nBob')))
})

t.test('a server is the same after a restart and after a kill', async t => {
  const { a, b } = network.users
  const client = await createClient(folder)
  const before = network.servers.b.pid
  await network.servers.b.restart()
  t.not(network.servers.b.pid, before)
  await network.servers.a.kill()
  await network.servers.a.start()
  const bob = await client.listen(b)
  t.teardown(() => bob.stop())
  await client.send(a, b.address, 'again')
  await bob.messages.waitFor(message => message.text === 'again')
})

t.test('a wrong password is reported by the client, without the password', async t => {
  const client = await createClient(folder)
  const wrong = { ...network.users.a, password: 'not-the-password' }
  const failure = await client.send(wrong, network.users.b.address, 'text').catch((error: unknown) => error)
  t.match(failure, { code: 'host-unreachable' })
  t.notOk(String(failure).includes(wrong.password))
})

t.test('an address in use is refused at once', async t => {
  const { a } = network.servers
  const options = {
    folder: testFolder(t),
    domain: 'a.example',
    address: a.address,
    hosts: new Map(),
    componentSecret: '',
  }
  await t.rejects(startProsody(options), { message: `${a.address}:5222 is in use` })
})

t.test('two networks run side by side', async t => {
  const other = await startNetwork({ folder: testFolder(t) })
  t.not(other.servers.a.address, network.servers.a.address)
  await other.stop()
})

for (const signal of ['SIGINT', 'SIGKILL'] as const) {
  t.test(`servers end with the process that started them, by ${signal}`, async t => {
    const program = fileURLToPath(new URL('../_abandoned-network.js', import.meta.url))
    const child = spawn(process.execPath, [program, testFolder(t)])
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const pids = line.toString().trim().split(' ').map(Number)
    t.equal(pids.filter(runs).length, 3)
    child.kill(signal)
    await once(child, 'exit')
    // The kernel has sent the signal by now; its work may take a moment.
    for (let turn = 0; turn < 100 && pids.some(runs); turn++)
      await new Promise(resolve => setTimeout(resolve, 20))
    t.notOk(pids.some(runs))
  })
}

t.test('stop leaves no process', async t => {
  const pids = Object.values(network.servers).map(server => server.pid)
  t.ok(pids.every(runs))
  await network.stop()
  t.notOk(pids.some(runs))
})

t.teardown(() => network.stop())
