// Three real servers find each other by the records that `p3do dns` prints, in signed zones of a real name server; and a
// swapped key is refused although DNS names it.
import { join } from 'node:path'
import t from 'tap'
import { openStore } from '../../adapters/database/index.js'
import { parseDomain } from '../../plugin/addresses.js'
import { takeOver } from '../lab/demo-takeover.js'
import { startNetwork } from '../lab/network.js'
import { startPlugins } from '../lab/plugins.js'
import { testFolder } from '../_folder.js'

const folder = testFolder(t, {})
const network = await startNetwork({ folder, dns: true })
t.teardown(network.stop)
const { servers, names } = network
const started = await startPlugins({ folder, servers, names, profile: 'fast' })
t.teardown(started.stop)
const { b } = started.plugins

const [c, domains] = [parseDomain('c.example'), ['a.example', 'c.example'].map(parseDomain)]

async function kept<T>(ask: (store: Awaited<ReturnType<typeof openStore>>) => Promise<T>): Promise<T> {
  const store = await openStore(join(b.folder, 'data'))
  try {
    return await ask(store)
  } finally {
    await store.close()
  }
}

t.test('the records were proven, and the swapped key changes nothing but that', async t => {
  await b.stop()
  const before = await kept(store => store.find('server', c))
  for (const domain of domains)
    t.match(await kept(store => store.loadDnsSeen(domain)), { secured: true }, domain)
  b.start()
  t.match(await takeOver(started.plugins), /suspended: .*another key than the one that is known/)
  await b.stop()
  const after = await kept(store => store.find('server', c))
  t.equal(after?.fingerprint, before?.fingerprint)
})
