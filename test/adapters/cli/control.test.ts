// Commands that the running plugin carries out: listed with help, sent over the control socket, told with an exit code.
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startControl } from '../../../adapters/control/index.js'
import { adminFamilies } from '../../../plugin/commands/index.js'
import { PluginError } from '../../../plugin/errors.js'
import { p3do } from './_program.js'
import { testFolder } from '../../_folder.js'

type Operate = (words: readonly string[]) => Promise<string>

/** A configuration, and what its running plugin would do. */
async function configured(t: Test, operate?: Operate): Promise<string[]> {
  const folder = testFolder(t, { data: {} })
  await p3do(['init', '--domain', 'a.example', '--folder', folder])
  const ignore = () => undefined
  const snapshot = () => Promise.reject(new Error('nobody asked for a copy'))
  const log = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  const control =
    operate && (await startControl({ folder: join(folder, 'data'), operate, snapshot, probe: snapshot, log }))
  t.teardown(() => control?.stop())
  return ['--config', join(folder, 'p3do.toml')]
}

t.test('help lists every family, and that of a family its commands with their arguments', async t => {
  const { out } = await p3do(['--help'])
  for (const { word, help, commands } of adminFamilies) {
    t.match(out, new RegExp(`\n  ${word} .*${help}`, 'u'), word)
    const family = await p3do([word, '--help'])
    t.equal(family.code, 0)
    const named = Object.keys(commands).filter(name => name !== '')
    for (const name of named) t.match(family.out, new RegExp(`\n  ${name} `, 'u'), name)
  }
})

t.test('the words reach the plugin and its answer the terminal', async t => {
  const config = await configured(t, words => Promise.resolve(words.join('|')))
  t.match(await p3do(['peers', 'list', ...config]), { code: 0, out: 'peers|list\n', err: '' })
})

t.test('control characters of others do not reach the terminal', async t => {
  const config = await configured(t, () => Promise.resolve('one\n\u001b[2Jtwo\u009b\ttab'))
  t.equal((await p3do(['peers', 'list', ...config])).out, 'one\n?[2Jtwo?\ttab\n')
})

t.test('without a running plugin it is one line and exit code 3', async t => {
  const outcome = await p3do(['peers', 'list', ...(await configured(t))])
  t.match(outcome, {
    code: 3,
    out: '',
    err: 'p3do: P3DO is not running for this configuration; start it with p3do run.\n',
  })
})

t.test('a refusal is one line, with exit code 2 for wrong usage and 1 for all else', async t => {
  const refusals = [
    [new PluginError('command-invalid', 'Write it like this.'), 2],
    [new PluginError('bad-format', 'This is not a domain.'), 2],
    [new PluginError('peer-unreachable', 'It does not answer.'), 1],
  ] as const
  const left = refusals.map(([error]) => error)
  const config = await configured(t, () => Promise.reject(left.shift() ?? new Error('none left')))
  for (const [{ message }, code] of refusals)
    t.match(await p3do(['peers', 'list', ...config]), { code, out: '', err: `p3do: ${message}\n` })
})

t.test('too many arguments never reach the plugin', async t => {
  const config = await configured(t, () => Promise.reject(new Error('it was reached')))
  t.match(await p3do(['peers', 'list', 'all', ...config]), { code: 2, err: /too many arguments/ })
  t.match(await p3do(['peers', 'lst', ...config]), { code: 2, err: /unknown command 'lst'/ })
})

t.test('a family of one command is that command, and its flags are words', async t => {
  const config = await configured(t, words => Promise.resolve(words.join('|')))
  t.match(await p3do(['status', ...config]), { code: 0, out: 'status\n' })
  t.match(await p3do(['status', '--json', ...config]), { code: 0, out: 'status|--json\n' })
  t.match(await p3do(['status', 'all', ...config]), { code: 2, err: /too many arguments/ })
})
