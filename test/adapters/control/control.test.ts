// The control socket: for its owner only, in the place of a dead one, bounded, and gone after the end.
import { existsSync, readdirSync, renameSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { askControl, startControl } from '../../../adapters/control/index.js'
import { socketName, withSocketPath } from '../../../adapters/control/socket.js'
import { PluginError } from '../../../plugin/errors.js'
import { testFolder } from '../../_folder.js'

type Operate = (words: readonly string[]) => Promise<string>
const echo: Operate = words => Promise.resolve(words.join('|'))

async function start(t: Test, operate: Operate = echo, folder = testFolder(t)) {
  const errors: object[] = []
  const ignore = () => undefined
  const probe = () => Promise.reject(new Error('nobody asked'))
  const log = {
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: (fields: object) => void errors.push(fields),
  }
  const control = await startControl({ folder, operate, snapshot: () => operate([]), probe, log })
  t.teardown(() => control.stop())
  return { folder, control, errors }
}

t.test('words go in and words come out', async t => {
  const { folder } = await start(t)
  t.equal(await askControl(folder, ['peers', 'add', 'ü.example', '']), 'peers|add|ü.example|')
})

t.test('an answer may be long', async t => {
  const long = 'x'.repeat(5_000_000)
  const { folder } = await start(t, () => Promise.resolve(long))
  t.ok((await askControl(folder, [])) === long)
})

t.test('only its owner can open the socket, and nothing else is left in the folder', async t => {
  const { folder } = await start(t)
  const socket = statSync(join(folder, 'control.sock'))
  t.ok(socket.isSocket())
  t.equal(socket.mode & 0o777, 0o600)
  t.same(readdirSync(folder), ['control.sock'])
})

t.test('what is wrong with a command reaches who gave it, with its code', async t => {
  const { folder, errors } = await start(t, () =>
    Promise.reject(new PluginError('route-invalid', 'No such route.')),
  )
  await t.rejects(askControl(folder, []), { code: 'route-invalid', message: 'No such route.' })
  t.same(errors, [])
})

t.test('a mistake of the program is logged there and told without its content', async t => {
  const { folder, errors } = await start(t, () => Promise.reject(new TypeError('secret')))
  await t.rejects(askControl(folder, []), { code: 'internal', message: /its log says more/ })
  t.match(errors, [{ err: { message: 'secret' } }])
})

t.test('where nothing runs the answer says what to do', async t => {
  const folder = testFolder(t)
  const notRunning = { code: 'not-running', message: /not running for this configuration; .* p3do run/ }
  await t.rejects(askControl(folder, ['peers']), notRunning)
  await t.rejects(askControl(join(folder, 'nowhere'), ['peers']), notRunning)
})

t.test('a socket of a dead plugin is replaced, and the own one removed at the end', async t => {
  const folder = testFolder(t)
  await leaveSocket(folder)
  await t.rejects(askControl(folder, ['x']), { code: 'not-running', message: /p3do run/ })
  const { control } = await start(t, echo, folder)
  t.equal(await askControl(folder, ['x']), 'x')
  await control.stop()
  t.notOk(existsSync(join(folder, 'control.sock')))
})

t.test('a folder that cannot be written is named', async t => {
  const folder = testFolder(t, { file: 'x' })
  await t.rejects(start(t, echo, join(folder, 'file')), { code: 'config-invalid', message: /server\.data/ })
})

t.test('what is too long, of another shape or no JSON is refused and never carried out', async t => {
  const carried: unknown[] = []
  const { folder } = await start(t, words => Promise.resolve(String(carried.push(words))))
  await t.rejects(askControl(folder, ['x'.repeat(70_000)]), { code: 'command-invalid' })
  await t.rejects(askControl(folder, Array<string>(65).fill('x')), { code: 'command-invalid' })
  for (const body of ['{', '[]', '{"words":"x"', '{"words":[{}]}', '{"__proto__":{},"words":[]}', ''])
    t.match(await post(folder, body), /^4/, body)
  t.same(carried, [])
})

t.test('the end does not wait for who is connected and says nothing', async t => {
  const { folder, control } = await start(t)
  const idle = await connected(folder)
  const closed = new Promise(resolve => idle.once('close', resolve))
  await control.stop()
  await closed
  t.pass('closed')
})

/** Leaves a socket that nobody listens on, as kill -9 does. */
function leaveSocket(folder: string): Promise<void> {
  const server = createServer()
  return withSocketPath(folder, 'first', async path => {
    await new Promise<void>(resolve => server.listen(path, resolve))
    renameSync(join(folder, 'first'), join(folder, socketName))
    await new Promise(resolve => server.close(resolve))
  })
}

function connected(folder: string): Promise<Socket> {
  return withSocketPath(folder, socketName, path => {
    const socket = connect(path)
    return new Promise(resolve => socket.once('connect', () => resolve(socket)))
  })
}

/** The status of the answer to a body. */
function post(folder: string, body: string): Promise<string> {
  const headers = { 'content-type': 'application/json' }
  return withSocketPath(
    folder,
    socketName,
    socketPath =>
      new Promise((resolve, reject) => {
        const asking = request({ socketPath, path: '/command', method: 'POST', headers })
        asking.on('response', answer => {
          answer.resume()
          resolve(String(answer.statusCode))
        })
        asking.on('error', reject)
        asking.end(body)
      }),
  )
}
