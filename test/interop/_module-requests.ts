// What a component may ask of the module of its host, whichever host it is, and what the module must refuse.
import { parse } from 'ltx'
import type { Test } from 'tap'
import { createAccounts } from '../../adapters/xmpp/accounts.js'
import type { Link } from '../../adapters/xmpp/link.js'
import { acceptSubscriptions } from '../../adapters/xmpp/subscriptions.js'
import { parseUserAddress } from '../../plugin/addresses.js'
import type { ListedAddress } from '../../plugin/ports.js'
import type { Device } from '../lab/slixmpp-chat.js'

/** Node of a user's list of keys, and a fingerprint as the node of a key has it. */
export const list = 'urn:xmpp:openpgp:0:public-keys'
const digits = 'AB'.repeat(20)

const item = (payload = "<pubkey xmlns='urn:xmpp:openpgp:0'><data>AAAA</data></pubkey>", more = '') =>
  `<item id='current'>${payload}</item>${more}`
/** A request to put something on a user's account. */
export const route = (attributes: string, children = item(), to = 'a.example') =>
  `<iq type='set' to='${to}'><route xmlns='urn:p3do:route:0' ${attributes}>${children}</route></iq>`
/** The condition with which it is refused, `done` where it is not. */
export const condition = async (from: Link, text: string): Promise<string> => {
  return from.request(parse(text)).then(
    () => 'done',
    (error: unknown) => (error as { condition: string }).condition,
  )
}

export const user = "user='alice@a.example'"
/** A user's rules. */
const rules = (items: string, of = user) => route(`dir='set' ${of}`, items)
/** A message to show to a user. */
const shown = (from: string, { to = 'alice@a.example', type = 'chat', once = '' } = {}) =>
  route(
    `dir='in' ${once}`,
    `<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' ${from} to='${to}' type='${type}'><body>x</body></message></forwarded>`,
  )
/** Requests by what is wrong with them, and what the module answers. */
export const refused: Record<string, readonly [string, string]> = {
  'rules of a user who is not there': [
    rules("<item jid='b.example' routed='true'/>", "user='nobody@a.example'"),
    'item-not-found',
  ],
  'a rule for one device': [rules("<item jid='bob@b.example/x' routed='true'/>"), 'bad-request'],
  'a rule for nobody': [rules("<item routed='true'/>"), 'bad-request'],
  'a rule of another kind': [rules("<everyone jid='*' routed='true'/>"), 'bad-request'],
  'more rules than 400': [rules("<item jid='b.example' routed='true'/>".repeat(401)), 'resource-constraint'],
  'a message of a contact who is not routed': [shown("from='bob@b.example'"), 'not-allowed'],
  'a message of a user of the same server': [shown("from='dora@a.example'"), 'not-allowed'],
  'a message of the server itself': [shown("from='a.example'"), 'bad-request'],
  'a message of a contact’s device': [shown("from='bob@b.example/x'"), 'bad-request'],
  'a message of nobody': [shown(''), 'bad-request'],
  'a message to nobody': [shown("from='bob@b.example'", { to: 'nobody@a.example' }), 'item-not-found'],
  'a message of a room': [shown("from='bob@b.example'", { type: 'groupchat' }), 'bad-request'],
  'a message under a long name': [
    shown("from='bob@b.example'", { once: `once='${'x'.repeat(129)}'` }),
    'bad-request',
  ],
  'a user who is not there': [route(`dir='key' user='nobody@a.example' node='${list}'`), 'item-not-found'],
  'a user of another host': [route(`dir='key' user='bob@b.example' node='${list}'`), 'item-not-found'],
  'an address with a resource': [
    route(`dir='key' user='alice@a.example/x' node='${list}'`),
    'item-not-found',
  ],
  'no user': [route(`dir='key' node='${list}'`), 'bad-request'],
  'another node': [route(`dir='key' ${user} node='urn:xmpp:avatar:data'`), 'bad-request'],
  'a node that only begins alike': [route(`dir='key' ${user} node='${list}-x'`), 'bad-request'],
  'a short fingerprint': [route(`dir='key' ${user} node='${list}:${digits.slice(2)}'`), 'bad-request'],
  'a name in place of a fingerprint': [
    route(`dir='key' ${user} node='${list}:${'x'.repeat(40)}'`),
    'bad-request',
  ],
  'another direction': [route(`dir='out' ${user} node='${list}'`), 'bad-request'],
  'two items': [route(`dir='key' ${user} node='${list}'`, item() + item()), 'bad-request'],
  'two payloads': [
    route(
      `dir='key' ${user} node='${list}'`,
      item("<pubkey xmlns='urn:xmpp:openpgp:0'/><pubkey xmlns='urn:xmpp:openpgp:0'/>"),
    ),
    'bad-request',
  ],
  'a payload of another kind': [
    route(`dir='key' ${user} node='${list}'`, item("<data xmlns='urn:xmpp:avatar:data'/>")),
    'bad-request',
  ],
  'no item': [route(`dir='key' ${user} node='${list}'`, ''), 'bad-request'],
  'the list of a user who is not there': [
    route("dir='unlist' user='nobody@a.example' jid='x@p3do.a.example'", ''),
    'item-not-found',
  ],
  'a contact that is no address of the component': [
    route(`dir='unlist' ${user} jid='bob@b.example'`, ''),
    'bad-request',
  ],
  'a device of an address': [route(`dir='unlist' ${user} jid='x@p3do.a.example/y'`, ''), 'bad-request'],
  'the component itself': [route(`dir='unlist' ${user} jid='p3do.a.example'`, ''), 'bad-request'],
  'nobody in the list': [route(`dir='unlist' ${user}`, ''), 'bad-request'],
}

/** Everyone is everyone at other servers, exceptions count, and without rules nobody is. */
export const ensureRules = async (t: Test, link: Link): Promise<void> => {
  const items = "<item jid='*' routed='true'/><item jid='c.example' routed='false'/>"
  t.equal(await condition(link, rules(items)), 'done')
  for (const [from, wanted] of [
    ['bob@b.example', 'done'],
    ['BOB@B.example', 'done'],
    ['carol@c.example', 'not-allowed'],
    ['dora@a.example', 'not-allowed'],
    ['room@conference.a.example', 'not-allowed'],
    ['bob\\40b.example@p3do.a.example', 'done'],
  ] as const)
    t.equal(await condition(link, shown(`from='${from}'`)), wanted, from)
  t.equal(await condition(link, rules('')), 'done')
  t.equal(await condition(link, shown("from='bob@b.example'")), 'not-allowed')
}

const alice = parseUserAddress('alice@a.example')

/** Addresses of the component leave a user's contact list, whether he is online or not; nothing else does. */
export const ensureTakenOut = async (
  t: Test,
  link: Link,
  logIn: (resource: string) => Promise<Device>,
): Promise<void> => {
  const presence = acceptSubscriptions({
    link,
    hostDomain: 'a.example',
    counters: { count: () => undefined },
  })
  const [fox, wolf] = ['fox', 'wolf'].map(name => `bob\\40b.example+${name}@p3do.a.example` as ListedAddress)
  if (!fox || !wolf) throw new Error('There are two.')
  const others = ['bob@b.example', 'bob\\40b.example@p3do.a.example']
  const roster = (item: string) => `<query xmlns='jabber:iq:roster'>${item}</query>`
  const listed = async (device: Device) => {
    const answer = parse(await device.ask('get', alice, roster('')))
    const items = answer.getChild('query', 'jabber:iq:roster')?.getChildren('item') ?? []
    return items.map(({ attrs }) => String(attrs['jid'])).sort()
  }
  const device = await logIn('list')
  for (const jid of [fox, wolf, ...others]) await device.ask('set', alice, roster(`<item jid='${jid}'/>`))
  device.send(`<presence type='subscribe' to='${fox}'/>`)
  await device.stanzas.waitFor(text => text.includes(`jid="${fox}"`) && text.includes('subscription="to"'))
  t.equal(await presence.takeOut(alice, fox), true)
  await device.stanzas.waitFor(text => text.includes(`jid="${fox}"`) && text.includes('"remove"'))
  t.same(await listed(device), [wolf, ...others].sort())
  t.equal(await presence.takeOut(alice, fox), true, 'what is not there is out')
  await device.stop()
  t.equal(await presence.takeOut(alice, wolf), true)
  const again = await logIn('again')
  t.same(await listed(again), others.sort())
  await again.stop()
}

/** Which account it is stays over a restart, and changes when another one gets the name; it is the last that is done with hers. */
export const ensureMarks = async (
  t: Test,
  link: Link,
  logIn: (resource: string) => Promise<Device>,
  host: { readonly restart: () => Promise<void>; readonly makeAnew: () => Promise<void> },
): Promise<void> => {
  const accounts = createAccounts({ link, hostDomain: 'a.example' })
  const first = await accounts.markOf(alice)
  t.ok(first)
  t.equal(await accounts.markOf(parseUserAddress('nobody@a.example')), null)
  await host.restart()
  t.same(await accounts.markOf(alice), first)
  const device = await logIn('leaving')
  device.send("<iq type='set' id='leaving'><query xmlns='jabber:iq:register'><remove/></query></iq>")
  while ((await accounts.exists(alice)) !== false);
  await device.stop()
  t.equal(await accounts.markOf(alice), null)
  await host.makeAnew()
  const second = await accounts.markOf(alice)
  t.equal(second?.host, first?.host)
  t.ok(second?.account)
  t.not(second?.account, first?.account)
  t.same(await accounts.markOf(alice), second)
}

/** Resolves when the component is connected again. */
export async function restartHost(
  link: Link,
  server: { readonly restart: () => Promise<void> },
): Promise<void> {
  const online = new Promise<void>(resolve => link.onOnline(resolve))
  await server.restart()
  await online
}
