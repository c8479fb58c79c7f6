// Arguments of the demo.
import t from 'tap'
import { demoHelp, parseDemoOptions } from './demo-options.js'

t.test('without arguments: real servers, the default profile, nothing kept', async t => {
  t.same(parseDemoOptions([], '/'), {
    host: 'real',
    profile: 'default',
    visit: false,
    keep: null,
    help: false,
  })
})

t.test('a folder to keep starts where the user is', async t => {
  const args = ['--host', 'memory', '--profile', 'fast', '--keep', 'run', '--help']
  const expected = { host: 'memory', profile: 'fast', visit: false, keep: '/home/user/run', help: true }
  t.same(parseDemoOptions(args, '/home/user'), expected)
})

t.test('what is not known is refused by name, with what is allowed', async t => {
  const refusals = [
    { args: ['--host', 'ejabberd'], message: '--host is one of: real, memory' },
    { args: ['--profile', 'paranoid'], message: '--profile is one of: default, fast' },
    { args: ['--visit', '--host', 'memory'], message: /--visit needs real servers/u },
    { args: ['--speed'], message: /--speed[^]*--help/u },
    { args: ['now'], message: /now[^]*--help/u },
  ]
  for (const { args, message } of refusals)
    t.throws(() => parseDemoOptions(args, '/'), { code: 'config-invalid', message }, args.join(' '))
})

t.test('the help names every option', async t => {
  for (const option of ['--host', '--profile', '--visit', '--keep', '--help']) t.match(demoHelp, option)
})
