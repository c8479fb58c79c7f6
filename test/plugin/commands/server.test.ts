// The running server in its admin's hands: contexts, queue, users, log level, a new link.
import t from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { serverCommands } from '../../../plugin/commands/index.js'
import type { LogLevel } from '../../../plugin/ports.js'
import { startMemoryServers, type MemoryServer } from '../../_memory-servers.js'
import { root, tableOf } from './_table.js'

const admin = parseUserAddress('root@a.example')
const lab = await startMemoryServers({ names: ['a', 'b'], routeLength: 2, admins: [admin] })
t.teardown(() => lab.stop())
const [a, b] = lab.servers as [MemoryServer, MemoryServer]
const operate = (...words: string[]): Promise<string> => a.service.operate(words)

t.test('contexts are those that it speaks in and listens to', async t => {
  const lines = (await operate('contexts')).split('\n')
  t.match(lines, [
    /@conference\.a\.example: main, speaks, \d+\.\d of 40\.0 cells\/s, servers that may listen: 1$/,
    /@conference\.b\.example: main, listens, \d+\.\d cells\/s, of b\.example$/,
  ])
})

t.test('the queue has what waits', async t => {
  await a.say('alice@a.example', null, 'help')
  await b.say('bob@b.example', null, 'help')
  await a.learns('bob@b.example')
  t.match(await operate('queue'), /^Messages not sent yet: 0\n/)
  await a.say('alice@a.example', 'bob@b.example', 'hello')
  t.match(await operate('queue'), /^Messages not sent yet: (?:1|0\nMessages not acknowledged yet: 1)\n/)
})

t.test('users are listed with who holds their keys', async t => {
  t.match(await operate('users', 'list'), /^alice@a\.example: [0-9A-F]{40}, this server$/m)
  t.notMatch(await operate('users', 'list'), /bob/)
})

t.test('the log level changes to what there is, and the link is made anew on request', async t => {
  const levels: LogLevel[] = []
  let links = 0
  const { operate, desk } = tableOf(
    serverCommands({
      report: () => {
        throw new Error('it was called')
      },
      setLogLevel: level => void levels.push(level),
      reload: () => Promise.resolve('Reloaded.'),
      reconnect: () => {
        links++
      },
    }),
  )
  t.match(await operate(['log', 'level', 'debug']), /debug or more/)
  await t.rejects(operate(['log', 'level', 'loud']), { code: 'command-invalid', message: /debug, info/ })
  t.same(levels, ['debug'])
  await operate(['reconnect'])
  t.equal(links, 1)
  t.ok(desk.offered(root).some(({ name }) => name === 'log level'))
  t.equal(desk.find(parseUserAddress('alice@a.example'), 'log level'), 'forbidden')
})
