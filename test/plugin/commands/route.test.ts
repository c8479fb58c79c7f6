// The route that a user chooses: kept for him and the destination, refused in words.
import t from 'tap'
import { createMemoryStore } from '../../../adapters/memory/index.js'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import { routeCommands } from '../../../plugin/commands/index.js'
import { ensureValidRoute } from '../../../plugin/delivery/index.js'
import { tableOf } from './_table.js'

const alice = parseUserAddress('alice@a.example')
const b = parseDomain('b.example')

function make() {
  const store = createMemoryStore()
  const table = tableOf(routeCommands({ routes: store, ensureValid: ensureValidRoute }))
  return { store, run: (text: string) => table.chat(alice, text) }
}

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
    ['/route', 'command-invalid', /route <server\.\.\.>/],
    ['/route b.example b.example', 'route-invalid', /twice in a row/],
    ['/route c.example d.example e.example f.example b.example', 'route-invalid', /2 to 4 servers/],
    [`/route ${'c.example d.example '.repeat(500)}b.example`, 'route-invalid', /2 to 4 servers/],
    ['/route not_a_domain b.example', 'command-invalid', /^Servers from .*: .* a\.example/],
    ['/route c.example alice@b.example', 'command-invalid', /^Servers from .*: .* a\.example/],
  ]
  for (const [text, code, message] of mistakes)
    await t.rejects(run(text), { code, message }, text.slice(0, 40))
  t.same(await store.loadRoute(alice, b), ['c.example', 'b.example'])
})
