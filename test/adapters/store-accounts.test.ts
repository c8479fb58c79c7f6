// Marks of accounts in every store.
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openStore } from '../../adapters/database/index.js'
import { createMemoryStore } from '../../adapters/memory/index.js'
import type { Store } from '../../plugin/ports.js'
import { testFolder } from '../_folder.js'
import { alice, carol } from '../_pseudonyms.js'

const stores: Record<string, (t: Test) => Promise<Store>> = {
  memory: () => Promise.resolve(createMemoryStore()),
  database: t => openStore(join(testFolder(t), 'data')),
}

for (const [name, open] of Object.entries(stores)) {
  t.test(`${name}: the mark of an account is kept for each user, replaced, and forgotten`, async t => {
    const store = await open(t)
    t.teardown(() => store.close())
    const [one, two] = [
      { host: 'host', account: 'one' },
      { host: 'host', account: 'two' },
    ]
    t.equal(await store.loadMark(alice), null)
    await store.saveMark(alice, one)
    await store.saveMark(carol, one)
    await store.saveMark(alice, two)
    t.strictSame([await store.loadMark(alice), await store.loadMark(carol)], [two, one])
    await store.saveMark(alice, null)
    t.strictSame([await store.loadMark(alice), await store.loadMark(carol)], [null, one])
  })
}
