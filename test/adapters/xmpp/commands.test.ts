// Commands as a menu with forms: who sees which, stages forth and back, done once.
import t from 'tap'
import { createMemoryStore } from '../../../adapters/memory/index.js'
import { attribute, childElements } from '../../../adapters/xmpp/xml.js'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import { peerCommands, routeCommands, type Command } from '../../../plugin/commands/index.js'
import { ensureValidRoute } from '../../../plugin/delivery/index.js'
import {
  actionsOf,
  alice,
  askedIn,
  createCommandsRig,
  dataForms,
  namespace,
  noteOf,
  root,
  sessionOf,
  submitted,
} from './_commands-rig.js'

const items = 'http://jabber.org/protocol/disco#items'
const info = 'http://jabber.org/protocol/disco#info'

type RigTest = Parameters<typeof createCommandsRig>[0]

async function make(t: RigTest, more: readonly Command[] = []) {
  const store = createMemoryStore()
  const removed: string[] = []
  const never = () => Promise.reject(new Error('it was called'))
  const peers = peerCommands({
    peers: { list: () => [], add: never, remove: peer => Promise.resolve(void removed.push(peer)) },
    directory: { approve: never, reject: never, suspensions: { of: never } },
    federation: { lookNow: () => undefined },
  })
  const routes = routeCommands({ routes: store, ensureValid: ensureValidRoute })
  const rig = await createCommandsRig(t, [...routes, ...peers, ...more])
  return { ...rig, store, removed }
}

t.test('who asks is listed what he may do, in words, and nothing else', async t => {
  const { ask } = await make(t)
  const list = async (from: string, to?: string) => {
    const answer = await ask('get', `<query xmlns='${items}' node='${namespace}'/>`, from, to)
    const found = answer.getChild('query', items)
    return (found ? childElements(found) : []).map(item => [
      attribute(item, 'jid'),
      attribute(item, 'node'),
      attribute(item, 'name'),
    ])
  }
  const own = [
    ['p3do.a.example', 'help', 'Help'],
    ['p3do.a.example', 'route', 'Choose the servers that my messages go through'],
  ]
  t.same(await list(alice), own)
  const ofAdmin = await list(root)
  t.same(ofAdmin.slice(0, 2), own)
  t.same(ofAdmin[2], ['p3do.a.example', 'peers list', 'Peers: list, with keys to approve'])
  t.same((await list(alice, 'p3do@p3do.a.example'))[0], ['p3do@p3do.a.example', 'help', 'Help'])
})

t.test('a command describes itself, and contacts have none', async t => {
  const { ask } = await make(t)
  const described = async (node: string, from: string, to?: string) => {
    const query = (await ask('get', `<query xmlns='${info}' node='${node}'/>`, from, to)).getChild(
      'query',
      info,
    )
    const identity = query?.getChild('identity')
    return (
      identity && [attribute(identity, 'category'), attribute(identity, 'type'), attribute(identity, 'name')]
    )
  }
  t.same(await described(namespace, alice), ['automation', 'command-list', 'Commands'])
  t.same((await described('route', alice))?.slice(0, 2), ['automation', 'command-node'])
  t.equal(await described('peers list', alice), undefined)
  t.equal(await described(namespace, alice, 'bob\\40b.example@p3do.a.example'), undefined)
})

t.test('what needs nothing is done at once', async t => {
  const { command, counted } = await make(t)
  const done = await command({ node: 'help' })
  t.equal(attribute(done, 'status'), 'completed')
  t.match(noteOf(done), /^info: P3DO carries your messages/)
  t.match(sessionOf(done), /^[0-9a-f]{32}$/)
  t.equal(counted('command-done'), 1)
})

t.test('a form asks for the arguments, and what comes of it is told', async t => {
  const { command, store } = await make(t)
  const form = await command({ node: 'route', action: 'execute' })
  t.equal(attribute(form, 'status'), 'executing')
  t.same(actionsOf(form), ['complete', 'complete'])
  t.same(askedIn(form), { server: 'text-single! Servers from the first to that of your contact' })
  t.match(form.getChild('x', dataForms)?.getChildText('instructions'), /goes? through|sends messages/)
  const session = sessionOf(form)
  const done = await command({
    node: 'route',
    session,
    payload: submitted({ server: 'c.example b.example' }),
  })
  t.equal(attribute(done, 'status'), 'completed')
  t.equal(sessionOf(done), session)
  t.equal(noteOf(done), 'info: Messages to b.example go by c.example, then b.example.')
  t.same(await store.loadRoute(parseUserAddress('alice@a.example'), parseDomain('b.example')), [
    'c.example',
    'b.example',
  ])
})

t.test('what can not be undone is warned of, with the way back, and done once', async t => {
  const { command, refused, removed } = await make(t)
  const asked = { node: 'peers remove', from: root }
  const form = await command(asked)
  const session = sessionOf(form)
  t.same(actionsOf(form), ['next', 'next'])
  const domain = submitted({ domain: 'B.example' })
  const warning = await command({ ...asked, session, action: 'next', payload: domain })
  t.same(actionsOf(warning), ['complete', 'prev', 'complete'])
  const shown = warning.getChild('x', dataForms)
  t.match(shown?.getChildText('instructions'), /No more messages/)
  t.equal(shown?.getChild('field')?.getChildText('value'), 'Domain: B.example')
  const back = await command({ ...asked, session, action: 'prev' })
  t.equal(back.getChild('x', dataForms)?.getChild('field')?.getChildText('value'), 'B.example')
  t.same(removed, [])
  await command({ ...asked, session, payload: submitted({ domain: 'c.example' }) })
  t.match(noteOf(await command({ ...asked, session })), /^info: c\.example is no peer/)
  t.same(removed, ['c.example'])
  t.same((await refused({ ...asked, session })).slice(0, 2), ['cancel not-allowed', 'session-expired'])
  t.same(removed, ['c.example'])
})

t.test('what fails is told, and the form is there again as it was filled in', async t => {
  const { command, counted } = await make(t)
  const session = sessionOf(await command({ node: 'route' }))
  const twice = submitted({ server: 'b.example b.example' })
  const again = await command({ node: 'route', session, payload: twice })
  t.equal(attribute(again, 'status'), 'executing')
  t.match(noteOf(again), /^error: .*twice in a row/)
  t.equal(again.getChild('x', dataForms)?.getChild('field')?.getChildText('value'), 'b.example b.example')
  t.equal(counted('command-failed'), 1)
  const right = submitted({ server: 'b.example' })
  t.match(noteOf(await command({ node: 'route', session, payload: right })), /^info: .*random route/)
})

t.test('a cancelled command is over', async t => {
  const { command, refused } = await make(t)
  const session = sessionOf(await command({ node: 'route' }))
  const answer = await command({ node: 'route', session, action: 'cancel' })
  t.equal(attribute(answer, 'status'), 'canceled')
  t.same((await refused({ node: 'route', session })).slice(0, 2), ['cancel not-allowed', 'session-expired'])
})

t.test('a choice, a switch and a secret have fields of their kind; the secret is never shown', async t => {
  let got: unknown = null
  const all: Command = {
    name: 'all',
    usage: '[on|off] [address] [--json]',
    help: 'all kinds',
    secrets: { passphrase: 'Passphrase' },
    audience: 'user',
    run: (_, words, secrets) => {
      got = { words, secrets }
      return Promise.reject(new Error('a mistake of ours'))
    },
  }
  const { command, refused, received, lines } = await make(t, [{ ...all, warning: 'Think.' }])
  const form = await command({ node: 'all' })
  t.same(askedIn(form), {
    'on|off': 'list-single On or off',
    address: 'jid-single Address',
    '--json': 'boolean Json',
    passphrase: 'text-private Passphrase',
  })
  const session = sessionOf(form)
  const filled = { 'on|off': 'off', address: 'Bob@B.example', '--json': 'true', passphrase: 'correct horse' }
  await command({ node: 'all', session, payload: submitted(filled) })
  await command({ node: 'all', session, action: 'prev' })
  await command({ node: 'all', session, payload: submitted(filled) })
  t.match((await refused({ node: 'all', session }))[0], 'cancel internal-server-error')
  t.same(got, { words: ['off', 'bob@b.example', '--json'], secrets: { passphrase: 'correct horse' } })
  t.equal(lines.length, 1)
  t.notMatch(received() + JSON.stringify(lines), /correct horse/)
})

t.test('a file is a field of many lines, and the words are beside it', async t => {
  const file = ['-----BEGIN PKCS12-----', 'MIIB', '-----END PKCS12-----']
  const answer = { text: 'all', words: 'Save it.', label: 'Login certificate', file: file.join('\n') }
  const certificate: Command = {
    name: 'certificate',
    usage: '',
    help: 'a file',
    audience: 'user',
    run: () => Promise.resolve(answer),
  }
  const { command } = await make(t, [certificate])
  const done = await command({ node: 'certificate' })
  t.equal(noteOf(done), 'info: Save it.')
  const field = done.getChild('x', dataForms)?.getChild('field')
  t.match(field?.attrs, { var: 'file', type: 'text-multi', label: 'Login certificate' })
  t.same(
    field?.getChildren('value').map(value => value.getText()),
    file,
  )
})

t.test('a table is a form of its own, and text beside it; what a stanza does not hold is cut', async t => {
  const rows = Array.from({ length: 400 }, (_, at) => [`user${String(at)}`, 'ok'])
  const listing: Command = {
    name: 'list',
    usage: '',
    help: 'a list',
    audience: 'user',
    run: () => Promise.resolve({ text: 'as text', columns: ['Who', 'How'], rows }),
  }
  const { command } = await make(t, [listing])
  const answer = await command({ node: 'list' })
  t.equal(noteOf(answer), 'info: as text')
  const table = answer.getChild('x', dataForms)
  t.equal(table && attribute(table, 'type'), 'result')
  t.same(
    table
      ?.getChild('reported')
      ?.getChildren('field')
      .map(field => attribute(field, 'label')),
    ['Who', 'How'],
  )
  const shown = table?.getChildren('item') ?? []
  t.ok(shown.length > 100 && shown.length < 400)
  t.same(
    shown[1]?.getChildren('field').map(field => field.getChildText('value')),
    ['user1', 'ok'],
  )
})
