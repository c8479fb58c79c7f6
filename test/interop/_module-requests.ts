// What a component may ask of the module of its host, whichever host it is, and what the module must refuse.
import { parse } from 'ltx'
import type { Test } from 'tap'
import type { Link } from '../../adapters/xmpp/link.js'

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
