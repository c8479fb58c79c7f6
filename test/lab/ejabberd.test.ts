// A laboratory ejabberd by itself: the snippet is taken, users of two servers reach each other, and it is the same after a kill.
import { readFile } from 'node:fs/promises'
import t from 'tap'
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
})

t.test('nothing in the snippet is unknown to it', async t => {
  const log = await readFile(network.servers.a.log, 'utf8')
  t.notMatch(log, /unknown option|invalid option|deprecated/iu)
})
