// Secret files: written whole or not at all, for their owner only, whatever an earlier process left behind.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { keyFileAt } from '../../adapters/secret-files.js'

t.test('a key file is replaced as a whole and leaves nothing beside it', async t => {
  const folder = join(t.testdir(), 'secrets')
  const file = keyFileAt(join(folder, 'server-key'))
  t.equal(await file.load(), null)
  for (const octets of [Buffer.from('first, which is longer'), Buffer.from('second')]) {
    await file.save(octets)
    t.same(await file.load(), octets)
  }
  t.same(readdirSync(folder), ['server-key'])
  t.equal(statSync(join(folder, 'server-key')).mode & 0o777, 0o600)
})

t.test('the draft of a process of the same number that was killed is no obstacle', async t => {
  const folder = t.testdir()
  const path = join(folder, 'server-key')
  writeFileSync(`${path}.${String(process.pid)}.draft`, 'half a k', { mode: 0o644 })
  await keyFileAt(path).save(Buffer.from('whole'))
  t.equal(readFileSync(path, 'utf8'), 'whole')
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.same(readdirSync(folder), ['server-key'])
})
