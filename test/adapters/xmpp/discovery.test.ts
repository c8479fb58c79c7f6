import t from 'tap'
import { systemRandom } from '../../../adapters/random.js'
import { createCommands } from '../../../adapters/xmpp/commands.js'
import { answerDiscovery } from '../../../adapters/xmpp/discovery.js'
import { childElements } from '../../../adapters/xmpp/xml.js'
import { tableOf } from '../../plugin/commands/_table.js'
import { createRig } from './_rig.js'

const stanzas = 'urn:ietf:params:xml:ns:xmpp-stanzas'
const info = 'http://jabber.org/protocol/disco#info'
const items = 'http://jabber.org/protocol/disco#items'
const commands = 'http://jabber.org/protocol/commands'

type RigTest = Parameters<typeof createRig>[0]

async function createAsker(t: RigTest) {
  const rig = await createRig(t)
  const shared = { ...rig, hostDomain: 'a.example', random: systemRandom, counters: rig }
  const { offer, nodes } = createCommands(shared)
  offer(tableOf([]).desk)
  answerDiscovery({ ...shared, nodes })
  const stream = await rig.online()
  return (type: string, child: string, to = 'p3do.a.example', from = 'alice@a.example/x') => {
    stream.write(`<iq type='${type}' id='1' from='${from}' to='${to}'>${child}</iq>`)
    return stream.stanza('iq')
  }
}

t.test('the component is a gateway of type p3do with its features', async t => {
  const ask = await createAsker(t)
  const query = (await ask('get', `<query xmlns='${info}'/>`)).getChild('query', info)
  t.match(query?.getChild('identity')?.attrs, {
    category: 'gateway',
    type: 'p3do',
    name: 'P3DO onion routing',
  })
  const features = query?.getChildren('feature').map(feature => String(feature.attrs['var']))
  t.same(features, [
    info,
    items,
    'jabber:iq:gateway',
    'urn:xmpp:ping',
    'vcard-temp',
    'urn:xmpp:time',
    commands,
  ])
})

t.test('a contact is an account, and nothing has items; unknown nodes are not found', async t => {
  const ask = await createAsker(t)
  const contact = (await ask('get', `<query xmlns='${info}'/>`, 'bob\\40b.example@p3do.a.example')).getChild(
    'query',
  )
  t.match(contact?.getChild('identity')?.attrs, { category: 'account', type: 'registered' })
  t.equal((await ask('get', `<query xmlns='${items}'/>`)).getChild('query', items)?.children.length, 0)
  for (const namespace of [info, items]) {
    const refused = await ask('get', `<query xmlns='${namespace}' node='x'/>`)
    t.ok(refused.getChild('error')?.getChild('item-not-found', stanzas))
  }
})

t.test('pings are answered', async t => {
  const ask = await createAsker(t)
  const answer = await ask('get', "<ping xmlns='urn:xmpp:ping'/>")
  t.equal(answer.attrs['type'], 'result')
  t.equal(childElements(answer).length, 0)
})

t.test('a contact address is asked for and translated', async t => {
  const ask = await createAsker(t)
  const prompt = (await ask('get', "<query xmlns='jabber:iq:gateway'/>")).getChild(
    'query',
    'jabber:iq:gateway',
  )
  t.match(prompt?.getChildText('desc'), /bob@b\.example/)
  t.ok(prompt?.getChildText('prompt'))
  const translate = (text: string) =>
    ask('set', `<query xmlns='jabber:iq:gateway'><prompt>${text}</prompt></query>`)
  const answer = await translate(' Bob@B.example ')
  t.equal(
    answer.getChild('query', 'jabber:iq:gateway')?.getChildText('jid'),
    'bob\\40b.example@p3do.a.example',
  )
  for (const written of ['bob@b.example fox', 'bob@b.example as fox', 'bob@b.example fox@p3do.a.example'])
    t.equal(
      (await translate(written)).getChild('query', 'jabber:iq:gateway')?.getChildText('jid'),
      'bob\\40b.example+fox@p3do.a.example',
    )
  for (const wrong of [
    '',
    'bob',
    'bob@',
    '@b.example',
    'a b@b.example',
    'bob@b.example a b',
    'bob@b.example f/x',
  ]) {
    t.ok((await translate(wrong)).getChild('error')?.getChild('not-acceptable', stanzas), wrong)
  }
  t.ok(
    (await ask('set', "<query xmlns='jabber:iq:gateway'/>"))
      .getChild('error')
      ?.getChild('not-acceptable', stanzas),
  )
})

t.test('the gateway serves users of its own server only', async t => {
  const ask = await createAsker(t)
  const prompt = '<prompt>bob@b.example</prompt>'
  for (const [type, children] of [
    ['get', ''],
    ['set', prompt],
  ] as const) {
    const child = `<query xmlns='jabber:iq:gateway'>${children}</query>`
    const answer = await ask(type, child, 'p3do.a.example', 'eve@b.example/x')
    t.ok(answer.getChild('error')?.getChild('forbidden', stanzas))
  }
})
