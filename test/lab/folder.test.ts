import { existsSync } from 'node:fs'
import t from 'tap'
import { testFolder } from '../_folder.js'

t.test('a folder is there until the last teardown has run, and no longer', async t => {
  let folder = ''
  let there: boolean | null = null
  await t.test('one that uses it', t => {
    folder = testFolder(t)
    t.teardown(() => void (there = existsSync(folder)))
    t.ok(existsSync(folder))
    t.end()
  })
  t.equal(there, true)
  t.notOk(existsSync(folder))
})
