// `p3do init --layout system`, and its unit as systemd's own tools judge it, without a running systemd.
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { loadConfig } from '../../../adapters/toml-config.js'
import { ensureDebian } from '../../lab/debian-packages.js'
import { testFolder } from '../../_folder.js'
import { p3do } from './_program.js'

const run = promisify(execFile)

t.test(
  'state goes to /var/lib, secrets stay beside the configuration, and all steps are printed',
  async t => {
    const folder = testFolder(t)
    const { code, out } = await p3do([
      'init',
      '--layout',
      'system',
      '--domain',
      'a.example',
      '--folder',
      folder,
    ])
    t.equal(code, 0)
    const { server, secrets } = await loadConfig(join(folder, 'p3do.toml'), {})
    t.equal(server.data, '/var/lib/p3do/data')
    t.equal(secrets.serverKey, '/var/lib/p3do/server-key')
    t.equal(secrets.component, join(folder, 'secrets/component'))
    for (const words of [
      'adduser --system',
      `chown -R p3do: ${folder}/secrets`,
      'enable --now p3do',
      'p3do doctor',
    ])
      t.match(out, words)
    t.match(readFileSync(join(folder, 'p3do.service'), 'utf8'), `run --config ${folder}/p3do.toml`)
  },
)

t.test('systemd finds no mistake in the unit, and little that it exposes', async t => {
  const folder = testFolder(t)
  await p3do([
    'init',
    '--layout',
    'system',
    '--host',
    'ejabberd',
    '--domain',
    'a.example',
    '--folder',
    folder,
  ])
  const root = await ensureDebian(['systemd'])
  const machine = readdirSync(join(root, 'usr/lib')).find(name => name.endsWith('-linux-gnu')) ?? 'none'
  const libraries = ['lib', 'usr/lib'].flatMap(name => [
    join(root, name, machine, 'systemd'),
    join(root, name, machine),
  ])
  const env = { ...process.env, LD_LIBRARY_PATH: libraries.join(':'), SYSTEMD_PAGER: '' }
  const unit = join(folder, 'p3do.service')
  const analyze = (...args: string[]) => run(join(root, 'usr/bin/systemd-analyze'), [...args, unit], { env })
  const { stdout, stderr } = await analyze('verify', '--man=no')
  t.equal(stdout + stderr, '')
  // In tenths, of a hundred; what is more makes it fail.
  await t.resolves(analyze('security', '--offline=yes', '--threshold=20'))
})
