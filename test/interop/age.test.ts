// A backup is an age file with a tar archive in it: Debian's age and tar open it without us.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import t from 'tap'
import { encodeSecretKey, generateServerKey } from '../../plugin/openpgp/index.js'
import { parseDomain } from '../../plugin/addresses.js'
import { ensureDebian } from '../lab/debian-packages.js'
import { p3do, quick } from '../adapters/cli/_program.js'

const passphrase = 'correct horse battery'

t.test('age and tar give back what p3do backup wrote', async t => {
  const root = await ensureDebian(['age'])
  const folder = t.testdir({ out: {} })
  await p3do(['init', '--domain', 'a.example', '--folder', join(folder, 'p3do')])
  const key = encodeSecretKey(generateServerKey(parseDomain('a.example'), Date.now()))
  writeFileSync(join(folder, 'p3do/secrets/server-key'), key, { mode: 0o600 })
  const [file, plain] = [join(folder, 'backup'), join(folder, 'backup.tar')]
  const input = Readable.from([`${passphrase}\n`])
  t.match(await p3do(['backup', file, ...quick, '--config', join(folder, 'p3do/p3do.toml')], { input }), {
    code: 0,
  })
  // age takes a passphrase from a terminal only; script gives it one.
  const age = `${join(root, 'usr/bin/age')} --decrypt --output ${plain} ${file}`
  const child = spawn('script', ['--quiet', '--return', '--command', age, '/dev/null'])
  child.stdout.once('data', () => child.stdin.write(`${passphrase}\n`))
  t.strictSame(await once(child, 'close'), [0, null])
  await promisify(execFile)('tar', ['-xf', plain, '-C', join(folder, 'out')])
  for (const name of ['p3do.toml', 'secrets/component', 'secrets/seal', 'secrets/server-key'])
    t.same(readFileSync(join(folder, 'out', name)), readFileSync(join(folder, 'p3do', name)), name)
  t.match(readFileSync(join(folder, 'out/data/p3do.db')).subarray(0, 15).toString(), 'SQLite format 3')
})
