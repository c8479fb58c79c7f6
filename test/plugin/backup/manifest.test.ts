// What a backup says of itself.
import t from 'tap'
import { parseDomain } from '../../../plugin/addresses.js'
import { encodeManifest, parseManifest } from '../../../plugin/backup/index.js'

const manifest = { domain: parseDomain('a.example'), time: 1_790_000_000_000 }
const changed = (fields: object) =>
  Buffer.from(JSON.stringify({ ...JSON.parse(encodeManifest(manifest).toString()), ...fields }))

t.test('it comes back', async t => {
  t.strictSame(parseManifest(encodeManifest(manifest)), manifest)
})

t.test('one of a newer version is refused with what to do', async t => {
  t.throws(() => parseManifest(changed({ version: 2 })), { code: 'backup-invalid', message: /newer version/ })
  t.throws(() => parseManifest(changed({ version: 2, domain: 7 })), { message: /newer version/ })
})

t.test('what is no manifest is refused', async t => {
  for (const octets of [
    Buffer.from('{'),
    Buffer.from('null'),
    changed({ format: 'other' }),
    changed({ version: 'x' }),
    changed({ time: -1 }),
    changed({ domain: null }),
  ])
    t.throws(() => parseManifest(octets), { code: 'backup-invalid' })
})
