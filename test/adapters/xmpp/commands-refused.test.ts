// Commands that are refused: strangers, foreign sessions, hostile forms; each with the condition of XEP-0050.
import t from 'tap'
import { createMemoryStore } from '../../../adapters/memory/index.js'
import { systemRandom } from '../../../adapters/random.js'
import { createCommandSessions } from '../../../adapters/xmpp/commands-sessions.js'
import { attribute } from '../../../adapters/xmpp/xml.js'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { routeCommands, statusCommands, type Command } from '../../../plugin/commands/index.js'
import { ensureValidRoute } from '../../../plugin/delivery/index.js'
import { createVirtualClock } from '../../_virtual-clock.js'
import { alice, createCommandsRig, namespace, noteOf, root, sessionOf, submitted } from './_commands-rig.js'

const items = 'http://jabber.org/protocol/disco#items'

type RigTest = Parameters<typeof createCommandsRig>[0]

function make(t: RigTest, more: readonly Command[] = []) {
  const routes = routeCommands({ routes: createMemoryStore(), ensureValid: ensureValidRoute })
  const status = statusCommands({ words: () => 'well', report: () => ({}) })
  return createCommandsRig(t, [...routes, ...status, ...more])
}

t.test('strangers and other addresses are refused, and counted', async t => {
  const { refused, ask, counted } = await make(t)
  for (const from of [
    'eve@b.example/x',
    'b.example',
    'a.example',
    'alice@p3do.a.example/x',
    'alice@xa.example/x',
  ])
    t.same((await refused({ node: 'help', from })).slice(0, 2), ['cancel forbidden', ''], from)
  t.equal(counted('command-refused'), 5)
  const listed = await ask('get', `<query xmlns='${items}' node='${namespace}'/>`, 'eve@b.example/x')
  t.ok(listed.getChild('error')?.getChild('forbidden'))
  t.equal(counted('command-refused'), 6)
  for (const to of ['bob\\40b.example@p3do.a.example', 'speaker@p3do.a.example', 'nobody@p3do.a.example'])
    t.same((await refused({ node: 'help', to })).slice(0, 2), ['cancel item-not-found', ''], to)
})

t.test('commands for admins are forbidden for others, and unknown ones are not found', async t => {
  const { refused, command } = await make(t)
  t.same((await refused({ node: 'status' })).slice(0, 2), ['cancel forbidden', ''])
  t.same((await refused({ node: 'status', from: 'root@b.example/x' })).slice(0, 2), ['cancel forbidden', ''])
  t.equal(attribute(await command({ node: 'status', from: root }), 'status'), 'executing')
  for (const node of ['', 'nothing', 'constructor', '__proto__', 'x'.repeat(4096)])
    t.same((await refused({ node })).slice(0, 2), ['cancel item-not-found', ''], node.slice(0, 20))
})

t.test('actions that there are not, or not now', async t => {
  const { refused, command } = await make(t)
  t.same((await refused({ node: 'route', action: 'destroy' })).slice(0, 2), [
    'modify bad-request',
    'malformed-action',
  ])
  for (const action of ['next', 'prev', 'complete', 'cancel'])
    t.same(
      (await refused({ node: 'route', action })).slice(0, 2),
      ['modify bad-request', 'bad-action'],
      action,
    )
  const session = sessionOf(await command({ node: 'route' }))
  for (const action of ['next', 'prev'])
    t.same(
      (await refused({ node: 'route', session, action })).slice(0, 2),
      ['modify bad-request', 'bad-action'],
      action,
    )
})

t.test('a session is its client’s alone, and nobody else’s try ends it', async t => {
  const { refused, command } = await make(t)
  const session = sessionOf(await command({ node: 'route' }))
  const payload = submitted({ server: 'b.example' })
  const wrong = { node: 'route', session, payload }
  const foreign = [
    { ...wrong, from: root },
    { ...wrong, from: 'alice@a.example/laptop' },
    { ...wrong, to: 'p3do@p3do.a.example' },
    { ...wrong, node: 'help' },
    { ...wrong, session: 'made-up' },
    { ...wrong, from: root, action: 'cancel' },
  ]
  for (const asked of foreign)
    t.same((await refused(asked)).slice(0, 2), ['modify bad-request', 'bad-sessionid'], JSON.stringify(asked))
  t.same((await refused({ ...wrong, session: 'ab'.repeat(16) })).slice(0, 2), [
    'cancel not-allowed',
    'session-expired',
  ])
  t.match(noteOf(await command(wrong)), /^info: /)
})

t.test('a user has few sessions: the oldest ends', async t => {
  const { refused, command } = await make(t)
  const first = sessionOf(await command({ node: 'route' }))
  const second = sessionOf(await command({ node: 'route' }))
  for (let at = 0; at < 7; at++) await command({ node: 'route' })
  const payload = submitted({ server: 'b.example' })
  const expired = ['cancel not-allowed', 'session-expired']
  t.same((await refused({ node: 'route', session: first, payload })).slice(0, 2), expired)
  t.match(noteOf(await command({ node: 'route', session: second, payload })), /^info: /)
})

t.test('a session ends by itself, with what was filled in', t => {
  const clock = createVirtualClock()
  const sessions = createCommandSessions(clock, systemRandom)
  const command = { name: 'x', title: 'x', help: 'x', warning: null, fields: [] }
  const [user, filled] = [parseUserAddress('alice@a.example'), new Map<string, string[]>()]
  const session = { user, from: alice, to: 'p3do.a.example', command, stage: 'form', filled } as const
  const [early, late] = [sessions.keep(session), sessions.keep(session)]
  clock.advance(899_000)
  t.equal(sessions.take(early ?? ''), session)
  t.equal(sessions.take(early ?? ''), null)
  clock.advance(2000)
  t.equal(sessions.take(late ?? ''), null)
  t.end()
})

t.test('all users together have some hundred sessions', async t => {
  const { command, refused } = await make(t)
  for (let at = 0; at < 512; at++) await command({ node: 'route', from: `user${String(at)}@a.example/x` })
  t.equal((await refused({ node: 'route' }))[0], 'wait resource-constraint')
})

t.test('a wrong field is named with its fix, and can be mended', async t => {
  const { refused, command, counted } = await make(t, [kinds])
  const session = sessionOf(await command({ node: 'kinds' }))
  const right = {
    domain: 'b.example',
    'on|off': 'on',
    address: 'bob@b.example',
    words: 'one two',
    '--json': '0',
  }
  const mistakes: [Record<string, string | string[]>, RegExp][] = [
    [{ domain: '' }, /^Domain: fill this in\.$/],
    [{ domain: [] }, /^Domain: fill this in\.$/],
    [{ domain: 'not_a_domain' }, /^Domain: .*a\.example/],
    [{ domain: 'b.example c.example' }, /^Domain: write one word\.$/],
    [{ domain: ['b.example', 'c.example'] }, /^Domain: write one word\.$/],
    [{ domain: 'b'.repeat(5000) }, /^Domain: write at most 4096 characters\.$/],
    [{ 'on|off': 'maybe' }, /^Switch: choose one of on, off\.$/],
    [{ 'on|off': '' }, /^Switch: fill this in too, or leave "Address" empty\.$/],
    [{ address: 'b.example' }, /^Address: .*alice@a\.example/],
    [{ address: 'bob@b.example/phone' }, /^Address: /],
    [{ '--json': 'yes' }, /^Json: answer true or false\.$/],
    [{ words: 'word '.repeat(65) }, /^Words: write at most 64 words\.$/],
    [{ passphrase: 'x'.repeat(5000) }, /^Passphrase: write one line of at most 4096 characters\.$/],
    [{ passphrase: 'one\ntwo' }, /^Passphrase: write one line/],
    [{ passphrase: ['one', 'two'] }, /^Passphrase: write one line/],
  ]
  for (const [mistake, text] of mistakes) {
    const payload = submitted({ ...right, ...mistake })
    const [condition, specific, shown] = await refused({ node: 'kinds', session, payload })
    t.same([condition, specific], ['modify bad-request', 'bad-payload'], String(text))
    t.match(shown, text)
  }
  t.equal(counted('command-refused'), mistakes.length)
  t.equal(noteOf(await command({ node: 'kinds', session, payload: submitted(right) })), 'info: done')
})

t.test(
  'a payload that is no form of this command is refused, and what nobody asked for is ignored',
  async t => {
    const { refused, command } = await make(t)
    const session = sessionOf(await command({ node: 'route' }))
    const one = submitted({ server: 'b.example' })
    const twice = `<x xmlns='jabber:x:data' type='submit'><field var='server'/><field var='server'/></x>`
    for (const payload of ['', one + one, twice, submitted({ server: 'b.example' }, 'result'), submitted({})])
      t.same(
        (await refused({ node: 'route', session, payload })).slice(0, 2),
        ['modify bad-request', 'bad-payload'],
        payload,
      )
    const more = submitted(
      { FORM_TYPE: 'x', __proto__: 'x', constructor: 'x', server: 'b.example' },
      'cancel',
    )
    t.match(noteOf(await command({ node: 'route', session, payload: more })), /^info: /)
  },
)

t.test('before the plugin offers commands a client is asked to wait', async t => {
  const { ask } = await createCommandsRig(t, null)
  const answer = await ask('set', `<command xmlns='${namespace}' node='help'/>`, alice)
  t.ok(answer.getChild('error')?.getChild('resource-constraint'))
})

const kinds: Command = {
  name: 'kinds',
  usage: '<domain> [on|off] [address] [--json] [words...]',
  help: 'all kinds',
  labels: { 'on|off': 'Switch' },
  secrets: { passphrase: 'Passphrase' },
  audience: 'user',
  run: () => Promise.resolve('done'),
}
