// A configuration that is read anew: two keys count at once, all else at the next start, and a mistake changes nothing.
import t from 'tap'
import { parseConfig, type Config } from '../../plugin/config.js'
import { PluginError } from '../../plugin/errors.js'
import type { LogLevel, UserAddress } from '../../plugin/ports.js'
import { createReload } from '../../plugin/reload.js'

const read = (tables: Record<string, Record<string, unknown>>): Config =>
  parseConfig({ ...tables, server: { domain: 'a.example', ...tables['server'] } }, {}, '/')

function make(config: Config) {
  const admins: UserAddress[] = [...config.server.admins]
  const levels: LogLevel[] = []
  const next = { read: () => config }
  const reload = createReload({
    config,
    admins,
    setLogLevel: level => void levels.push(level),
    reread: () => Promise.resolve().then(() => next.read()),
  })
  return { admins, levels, next, reload }
}

t.test('admins and log level count at once, in the list that everybody has', async t => {
  const { admins, levels, next, reload } = make(read({ server: { admins: ['alice@a.example'] } }))
  t.equal(await reload(), 'The configuration is the same as before.')
  next.read = () => read({ server: { admins: ['root@a.example'] }, log: { level: 'debug' } })
  t.equal(await reload(), 'Taken up: server.admins, log.level.')
  t.same(admins, ['root@a.example'])
  t.same(levels, ['debug'])
  t.equal(await reload(), 'The configuration is the same as before.')
})

t.test('what counts at the next start only is named, each time', async t => {
  const { next, reload } = make(read({}))
  next.read = () => read({ mor: { profile: 'fast' }, server: { rooms: 'rooms.a.example' } })
  for (let time = 0; time < 2; time++)
    t.equal(await reload(), 'Taken up when the plugin is started anew: what is new in [mor], [server].')
})

t.test('a mistake in it changes nothing', async t => {
  const { admins, levels, next, reload } = make(read({ server: { admins: ['alice@a.example'] } }))
  next.read = () => {
    throw new PluginError('config-invalid', 'server.admins must be a list.')
  }
  await t.rejects(reload(), { code: 'config-invalid' })
  t.same([admins, levels], [['alice@a.example'], []])
})
