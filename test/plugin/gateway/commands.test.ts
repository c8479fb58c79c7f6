// Commands in chat: each answers in words, mistakes say what is wrong, and nothing else is one.
import t from 'tap'
import { createMemoryStore } from '../../../adapters/memory/index.js'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import { createCommands } from '../../../plugin/gateway/commands.js'

const alice = parseUserAddress('alice@a.example')
const b = parseDomain('b.example')
const fingerprint = `04${'ab'.repeat(20)}`

function make() {
  const store = createMemoryStore()
  const keyOf = () => Promise.resolve({ fingerprint })
  const commands = createCommands(store, keyOf, 'bob\\40b.example@p3do.a.example')
  return { store, run: (text: string) => commands.run(alice, text) }
}

t.test('help names every command and how to write to a contact', async t => {
  const { run } = make()
  for (const text of ['help', '/help', ' HELP ', 'Help me']) {
    const answer = await run(text)
    t.match(answer, /help: .*\n/)
    t.match(answer, /key: /)
    t.match(answer, /\/route c\.example b\.example: /)
    t.ok(answer?.includes('bob\\40b.example@p3do.a.example'))
  }
})

t.test('key tells the fingerprint as other programs show it', async t => {
  t.ok((await make().run('key'))?.includes('AB'.repeat(20)))
})

t.test('route keeps the servers, in their order, for this user and destination', async t => {
  const { run, store } = make()
  t.equal(await run('/route C.example b.example'), 'Messages to b.example go by c.example, then b.example.')
  t.same(await store.loadRoute(alice, b), ['c.example', 'b.example'])
  t.equal(await store.loadRoute(parseUserAddress('anna@a.example'), b), null)
  t.equal(await run('route b.example'), 'Messages to b.example take a random route.')
  t.equal(await store.loadRoute(alice, b), null)
})

t.test('a route that can not be is refused in words, and the old one stays', async t => {
  const { run, store } = make()
  await run('/route c.example b.example')
  const mistakes: [string, string, RegExp][] = [
    ['/route', 'route-invalid', /Name the servers/],
    ['/route b.example b.example', 'route-invalid', /twice in a row/],
    ['/route c.example d.example e.example f.example b.example', 'route-invalid', /2 to 4 servers/],
    [`/route ${'c.example d.example '.repeat(500)}b.example`, 'route-invalid', /2 to 4 servers/],
    ['/route not_a_domain b.example', 'bad-format', /a\.example/],
    ['/route c.example alice@b.example', 'bad-format', /a\.example/],
  ]
  for (const [text, code, message] of mistakes)
    await t.rejects(run(text), { name: 'PluginError', code, message }, text.slice(0, 40))
  t.same(await store.loadRoute(alice, b), ['c.example', 'b.example'])
})

t.test('any other text is no command, also one that names what every object has', async t => {
  const { run } = make()
  const texts = [
    '',
    '/',
    'hello',
    'keys',
    '/unknown',
    'constructor',
    '/toString',
    '__proto__',
    '/hasOwnProperty x',
  ]
  for (const text of texts) t.equal(await run(text), null, JSON.stringify(text))
})
