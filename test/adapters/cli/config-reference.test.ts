// docs/config.md says what the schema says.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { renderReference } from '../../../adapters/cli/config-reference.js'
import { describeKeys } from '../../../plugin/config-keys.js'

t.test('the document is what npm run docs writes', async t => {
  t.equal(readFileSync('docs/config.md', 'utf8'), renderReference(), 'run npm run docs and commit the file')
})

t.test('every key is described in a sentence', async t => {
  for (const key of describeKeys()) t.match(key.meaning, /^[A-Z].*\.$/, `${key.section}.${key.key}`)
})
