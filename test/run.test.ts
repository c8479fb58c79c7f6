// The program that runs the tests: its exit code, and what it says of a file that fails.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'

const files = {
  passes: `t.test('a right one', async t => t.equal(1, 1))`,
  fails: `t.test('a wrong one', async t => t.equal(1, 2))`,
  throws: `t.test('a right one', async t => t.equal(1, 1)); setTimeout(() => { throw new Error('too late') })`,
  falls: `t.test('a right one', async t => t.equal(1, 1)); t.teardown(() => { console.error('it fell'); process.kill(process.pid, 'SIGKILL') })`,
  vanishes: `t.before(() => process.exit(0)); t.test('a right one', async t => t.equal(1, 1))`,
  hangs: `t.test('an endless one', () => new Promise(() => {}))`,
  connects: `t.test('a long one', () => new Promise(() => connect(process.env.LISTENER)))`,
}

function started(t: Test, names: readonly (keyof typeof files)[], env: Record<string, string> = {}) {
  const head = `import { connect } from 'node:net'\nimport t from 'tap'\n`
  const folder = t.testdir(Object.fromEntries(names.map(name => [`${name}.mjs`, head + files[name]])))
  const paths = names.map(name => join(folder, `${name}.mjs`))
  // Else it takes itself for a test of this one.
  const { NODE_TEST_CONTEXT: _, ...own } = process.env
  const child = spawn(process.execPath, ['dist/test/run.js', ...paths], { env: { ...own, ...env } })
  const ended = Promise.all([text(child.stdout), once(child, 'close')])
  return { child, ended: ended.then(([output, [code]]) => ({ output, code: code as unknown })) }
}

t.test('a file that passes: exit code 0', async t => {
  const { code, output } = await started(t, ['passes']).ended
  t.equal(code, 0)
  t.match(output, /✔ a right one/u)
})

const wrongs = {
  fails: 'a wrong one',
  throws: 'too late',
  vanishes: 'before any of its tests',
  hangs: 'an endless one',
} as const
for (const [name, says] of Object.entries(wrongs) as [keyof typeof wrongs, string][]) {
  t.test(`a file that ${name}: exit code 1, and what it says is shown`, async t => {
    const { code, output } = await started(t, ['passes', name], { TAP_TIMEOUT: '3' }).ended
    t.equal(code, 1)
    t.match(output, says)
  })
}

t.test('a file that ends otherwise: how it did, and what it said, comes last', async t => {
  const { output } = await started(t, ['falls']).ended
  t.match(output.slice(output.indexOf('failing tests')), /it fell\n.*falls\.mjs ended with SIGKILL/u)
})

t.test('whoever stops it stops what runs', async t => {
  const listener = createServer().listen(0, '127.0.0.1')
  t.teardown(() => listener.close())
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  const { child, ended } = started(t, ['connects'], { LISTENER: String(port) })
  const [connection] = (await once(listener, 'connection')) as [Socket]
  child.kill('SIGTERM')
  await once(connection.resume(), 'close')
  t.equal((await ended).code, 1)
})
