// `p3do init`: what it writes, what it never overwrites, and that the rest of the program takes it.
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { loadSecrets } from '../../../adapters/secret-files.js'
import { loadConfig } from '../../../adapters/toml-config.js'
import { p3do } from './_program.js'

const text = (...parts: string[]) => readFileSync(join(...parts), 'utf8')

t.test('the written file gives back the options', async t => {
  const folder = t.testdir()
  const { code } = await p3do(
    ['init', '--domain', 'a.example', '--host', 'ejabberd', '--component', 'onion.a.example'].concat([
      '--profile',
      'paranoid',
      '--peer',
      'b.example',
      '--peer',
      'c.example',
      '--folder',
      folder,
    ]),
  )
  t.equal(code, 0)
  const config = await loadConfig(join(folder, 'p3do.toml'), {})
  t.equal(config.server.host, 'ejabberd')
  t.equal(config.server.component, 'onion.a.example')
  t.equal(config.mor.profile, 'paranoid')
  t.strictSame(
    config.federation.peers.map(peer => peer.component),
    ['p3do.b.example', 'p3do.c.example'],
  )
  t.equal(config.server.data, join(folder, 'data'))
})

t.test('secrets are random, in files of their own, for the owner only', async t => {
  const folder = t.testdir()
  const { out, err } = await p3do(['init', '--domain', 'a.example', '--folder', folder])
  const { secrets } = await loadConfig(join(folder, 'p3do.toml'), {})
  const { component, seal } = await loadSecrets(secrets)
  t.match(component, /^[0-9a-f]{64}$/)
  t.equal(seal.length, 32)
  for (const file of [secrets.component, secrets.seal, join(folder, 'p3do.cfg.lua')]) {
    t.equal(statSync(file).mode & 0o777, 0o600, file)
  }
  t.notMatch(text(folder, 'p3do.toml'), component)
  t.notMatch(out + err, component)
  t.notMatch(out + err, seal.toString('hex'))
})

t.test('the Prosody snippet has the secret, kick_old and the rooms, and raises no limit', async t => {
  const folder = t.testdir()
  await p3do(['init', '--domain', 'a.example', '--folder', folder])
  const snippet = text(folder, 'p3do.cfg.lua')
  t.match(snippet, 'Component "p3do.a.example"')
  t.match(snippet, `component_secret = "${text(folder, 'secrets', 'component').trim()}"`)
  t.match(snippet, 'component_conflict_resolve = "kick_old"')
  t.match(snippet, 'Component "conference.a.example" "muc"')
  t.notMatch(snippet, 's2sin')
})

t.test(
  'for Prosody the module is written beside it, readable for the server, and installed first',
  async t => {
    const folder = t.testdir()
    const { out } = await p3do(['init', '--domain', 'a.example', '--folder', folder])
    const modules = { 'mod_p3do.lua': 'urn:p3do:route:0', 'mod_p3do_visit.lua': 'urn:p3do:visit:0' }
    for (const [module, namespace] of Object.entries(modules)) {
      t.match(text(folder, module), namespace)
      t.equal(statSync(join(folder, module)).mode & 0o777, 0o644)
    }
    t.match(text(folder, 'p3do.cfg.lua'), 'p3do_hosts = { "a.example" }')
    t.ok(out.indexOf('prosody/modules') < out.indexOf('conf.d/p3do.cfg.lua'))
  },
)

t.test('for the profile fast the Prosody snippet raises the limit of incoming server links', async t => {
  const folder = t.testdir()
  await p3do(['init', '--domain', 'a.example', '--profile', 'fast', '--folder', folder])
  t.match(text(folder, 'p3do.cfg.lua'), /s2sin = \{ rate = "300kb\/s"; burst = "10s" \}/)
})

t.test('the ejabberd snippet has the listener, the secret and the right to open rooms', async t => {
  const folder = t.testdir()
  await p3do(['init', '--domain', 'a.example', '--host', 'ejabberd', '--folder', folder])
  const snippet = text(folder, 'p3do.ejabberd.yml')
  t.match(snippet, 'module: ejabberd_service')
  t.match(snippet, 'ip: "127.0.0.1"')
  t.match(snippet, `password: "${text(folder, 'secrets', 'component').trim()}"`)
  t.match(snippet, '- allow: p3do')
})

t.test(
  'for ejabberd the module is a folder that ejabberdctl installs, before its lines are read',
  async t => {
    const folder = t.testdir()
    const { out } = await p3do(['init', '--domain', 'a.example', '--host', 'ejabberd', '--folder', folder])
    t.match(text(folder, 'mod_p3do', 'src', 'mod_p3do.erl'), 'urn:p3do:route:0')
    t.match(text(folder, 'mod_p3do', 'mod_p3do.spec'), /^author: /)
    t.match(
      text(folder, 'p3do.ejabberd.yml'),
      / {4}modules:\n {6}mod_p3do:\n {8}component: "p3do\.a\.example"/,
    )
    t.ok(out.indexOf('ejabberdctl module_install mod_p3do') < out.indexOf('modules.d/p3do.yml'))
    t.match(out, `cp -r ${join(folder, 'mod_p3do')} /var/lib/ejabberd/.ejabberd-modules/sources/`)
    const again = await p3do(['init', '--domain', 'a.example', '--host', 'ejabberd', '--folder', folder])
    t.equal(again.code, 2)
  },
)

t.test('the last steps are to have all looked at, and to put the keys into DNS', async t => {
  const folder = t.testdir()
  const { out } = await p3do(['init', '--domain', 'a.example', '--folder', folder])
  t.match(out, `p3do doctor --config ${join(folder, 'p3do.toml')}`)
  t.ok(out.indexOf('p3do doctor') < out.indexOf(`p3do dns --config ${join(folder, 'p3do.toml')}`))
})

t.test('it says what each profile costs and carries', async t => {
  const { out } = await p3do(['init', '--domain', 'a.example', '--folder', t.testdir()])
  t.match(out, /fast +125 kB\/s, up to 480 messages a minute/)
  t.match(out, /\* default +25 kB\/s, up to +96 messages a minute/)
  t.match(out, /paranoid +13 kB\/s, up to +48 messages a minute/)
})

t.test('what exists is refused, and nothing is written', async t => {
  const folder = t.testdir({ secrets: { seal: 'mine' } })
  const { code, err } = await p3do(['init', '--domain', 'a.example', '--folder', folder])
  t.equal(code, 2)
  t.match(err, /seal exists already; .*--force/)
  t.strictSame(readdirSync(folder), ['secrets'])
  t.equal(text(folder, 'secrets', 'seal'), 'mine')
})

t.test('--force replaces everything but the key that opens the database', async t => {
  const folder = t.testdir()
  const args = ['init', '--domain', 'a.example', '--folder', folder]
  await p3do(args)
  const before = { component: text(folder, 'secrets', 'component'), seal: text(folder, 'secrets', 'seal') }
  t.equal((await p3do([...args, '--force'])).code, 0)
  t.not(text(folder, 'secrets', 'component'), before.component)
  t.equal(text(folder, 'secrets', 'seal'), before.seal)
})

t.test('a bad option is named and nothing is written', async t => {
  const folder = t.testdir()
  const { code, err } = await p3do(['init', '--domain', 'a.example', '--profile', 'slow', '--folder', folder])
  t.equal(code, 2)
  t.match(err, /^p3do: mor\.profile must be fast, default, paranoid\.\n$/)
  t.strictSame(readdirSync(folder), [])
})
