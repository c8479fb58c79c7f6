// The composition root: a host that refuses the plugin ends the start, at whatever point it does; it loads no more than it needs.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { secret, startScriptedServer } from '../adapters/xmpp/_scripted-server.js'
import { testFolder } from '../_folder.js'
import { checkout } from '../lab/checkout.js'

const main = join(checkout(), 'dist/plugin/main.js')
const config = join(checkout(), 'dist/plugin/config.js')

// A process of its own, because what was started is ended with it.
function startPlugin(folder: string, service: string) {
  const tables = {
    server: { domain: 'a.example', service, data: './data' },
    secrets: {},
    mor: {},
    federation: {},
    log: {},
  }
  const script = `
    const { start } = await import(${JSON.stringify(main)})
    const { parseConfig } = await import(${JSON.stringify(config)})
    const config = parseConfig(${JSON.stringify(tables)}, {}, ${JSON.stringify(folder)})
    await start(config, { component: ${JSON.stringify(secret)}, seal: Buffer.alloc(32, 1) })
      .then(() => 'started', error => error.code)
      .then(outcome => process.stdout.write(outcome, () => process.exit()))
  `
  return spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

t.test('a refusal while the start waits for the first room ends the start', async t => {
  const server = await startScriptedServer()
  t.teardown(() => server.stop())
  const child = startPlugin(testFolder(t), server.service)
  t.teardown(() => child.kill('SIGKILL'))
  const outcome = text(child.stdout)
  const stream = await server.accepted()
  await stream.stanza('presence')
  stream.write(
    "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>",
  )
  await once(child, 'close')
  t.equal(await outcome, 'host-refused')
})

t.test('the framework for the web is not loaded before somebody needs it', async t => {
  const script = `
    await import(${JSON.stringify(main)})
    const { createRequire } = await import('node:module')
    process.stdout.write(Object.keys(createRequire(${JSON.stringify(main)}).cache).join('\\n'))
  `
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const loaded = await text(child.stdout)
  t.match(loaded, /node_modules.knex/, 'what is loaded is seen')
  t.notMatch(loaded, /node_modules.(fastify|ajv)\b/)
})
