// What attackers send to a's component, its bots and its room, and what each of it must lead to.
import type { Party } from './_hostile-network.js'

/** What a stanza is made of. */
export interface Given {
  readonly id: string
  readonly from: string
  /** Address of a's room. */
  readonly room: string
  /** Must never be seen in a log. */
  readonly marker: string
}

export interface Attack {
  readonly name: string
  readonly by: readonly Party[]
  readonly stanza: (given: Given) => string
  /** A condition of RFC 6120, `result`, or null for silence. */
  readonly answer: string | null
  /** What a's plugin counts then; absent where its host answers or nothing is wrong. */
  readonly counter?: string
}

const component = 'p3do.a.example'
const plugin = `p3do@${component}`
const contact = `bob\\40b.example@${component}`
const everybody: readonly Party[] = ['local', 'remote', 'component']
const users: readonly Party[] = ['local', 'remote']
const strangers: readonly Party[] = ['remote', 'component']

const iq =
  (type: string, to: string, child: string) =>
  ({ id, from }: Given) =>
    `<iq type='${type}' id='${id}' from='${from}' to='${to}'>${child}</iq>`
const message =
  (to: string, child: string, type = 'chat') =>
  ({ id, from, marker }: Given) =>
    `<message type='${type}' id='${id}' from='${from}' to='${to}'>${child.replaceAll('MARKER', marker)}</message>`
const body = (text: string) => `<body>MARKER${text}</body>`
const request = (base64: string) => iq('set', component, `<request xmlns='urn:p3do:0'>${base64}</request>`)
const nested = (levels: number) => '<a>'.repeat(levels) + '</a>'.repeat(levels)
const cell = `<cell xmlns='urn:p3do:0'>${'MARKER'.padEnd(2731, 'A')}=</cell>`
const gateway = (prompt: string) =>
  iq('set', component, `<query xmlns='jabber:iq:gateway'><prompt>${prompt}</prompt></query>`)

function table(
  by: readonly Party[],
  counter: string | undefined,
  attacks: Record<string, readonly [stanza: Attack['stanza'], answer: string | null]>,
): Attack[] {
  const counted = counter === undefined ? {} : { counter }
  return Object.entries(attacks).map(([name, [stanza, answer]]) => ({ name, by, stanza, answer, ...counted }))
}

const shapes = table(everybody, 'xmpp-stanza-refused', {
  'an iq of 3,000 levels': [iq('set', component, nested(2990)), 'policy-violation'],
  'an iq of 2,000 children': [iq('set', component, `<a>${'<b/>'.repeat(2000)}</a>`), 'policy-violation'],
  'a message of 3,000 levels': [message(contact, nested(2990)), null],
  'a message of 2,000 children': [message(contact, '<b/>'.repeat(2000)), null],
})

// Between servers such a stanza is too long for the host itself.
const inflated = table(['local'], 'xmpp-stanza-refused', {
  'a text that the host makes six times as long': [message(plugin, body("'".repeat(250_000))), null],
  'a namespace that the host repeats a thousand times': [
    message(plugin, `<x xmlns:n='urn:${'n'.repeat(2000)}'>${'<n:a/>'.repeat(1000)}</x>`),
    null,
  ],
})

const questions = table(everybody, 'xmpp-iq-refused', {
  'an unknown namespace': [iq('get', component, "<query xmlns='urn:unknown'/>"), 'service-unavailable'],
  'names that every object has': [
    iq('set', component, "<constructor xmlns='__proto__'/>"),
    'service-unavailable',
  ],
  'a node that is none': [
    iq('get', component, "<query xmlns='http://jabber.org/protocol/disco#info' node='n'/>"),
    'item-not-found',
  ],
})

const harmless = table(everybody, undefined, {
  'a question for features': [
    iq('get', component, "<query xmlns='http://jabber.org/protocol/disco#info'/>"),
    'result',
  ],
  'a ping to a bot': [iq('get', `listener@${component}/p3do`, "<ping xmlns='urn:xmpp:ping'/>"), 'result'],
})

const unasked = table(everybody, 'xmpp-iq-answer-unasked', {
  'a result that nobody asked for': [iq('result', component, ''), null],
  'an error that nobody asked for': [iq('error', component, '<error/>'), null],
})

const noise = table(everybody, 'user-message-dropped', {
  'an error': [message(plugin, body('') + "<error type='cancel'/>", 'error'), null],
  'an error from a contact': [message(contact, body('') + "<error type='cancel'/>", 'error'), null],
  'a groupchat message': [message(component, body(''), 'groupchat'), null],
  'a headline': [message(contact, body(''), 'headline'), null],
})

const forged = table(everybody, 'room-stanza-dropped', {
  'a cell to the listener': [message(`listener@${component}/p3do`, cell, 'groupchat'), null],
  'a cell in a private message to the listener': [message(`listener@${component}/p3do`, cell), null],
  'a cell to the speaker': [message(`speaker@${component}/p3do`, cell, 'groupchat'), null],
  'an invitation of the listener': [
    message(`listener@${component}`, "<x xmlns='jabber:x:conference' jid='MARKER@conference.c.example'/>"),
    null,
  ],
})

const toRoom = (make: (room: string) => Attack['stanza']) => (given: Given) => make(given.room)(given)
const mucUser = 'http://jabber.org/protocol/muc#user'
const rooms = table(everybody, undefined, {
  'a join': [
    ({ id, from, room }) =>
      `<presence id='${id}' from='${from}' to='${room}/m'><x xmlns='http://jabber.org/protocol/muc'/></presence>`,
    'registration-required',
  ],
  'a private message through the room': [toRoom(room => message(`${room}/m`, body(''))), 'not-acceptable'],
  'a cell into the room': [toRoom(room => message(room, cell, 'groupchat')), 'not-acceptable'],
  'an invitation through the room': [
    toRoom(room => message(room, `<x xmlns='${mucUser}'><invite to='m@c.example'/></x>`, 'normal')),
    'forbidden',
  ],
  'a question for the members': [
    toRoom(room =>
      iq(
        'get',
        room,
        "<query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='member'/></query>",
      ),
    ),
    'forbidden',
  ],
  'a question for the configuration': [
    toRoom(room => iq('get', room, "<query xmlns='http://jabber.org/protocol/muc#owner'/>")),
    'forbidden',
  ],
})

const broken = [
  'bob',
  '\\40b.example',
  'bob\\40',
  'bob\\40b..example',
  'bob\\40\\40b.example',
  'bob\\40b.example\\2fx',
]
const addresses = (answer: string | null) =>
  Object.fromEntries(
    broken.map(local => [
      `an address ${local}`,
      [message(`${local}@${component}`, body('')), answer] as const,
    ]),
  )
const texts = [
  ...table(['local'], 'user-message-refused', {
    ...addresses('item-not-found'),
    'a body of 70,000 characters': [message(contact, body('x'.repeat(70_000))), 'policy-violation'],
    'a message to a bot': [message(`listener@${component}`, body('')), 'item-not-found'],
  }),
  ...table(strangers, 'user-message-dropped', addresses(null)),
  ...table(strangers, 'user-message-refused', {
    'a message to a contact': [message(contact, body('')), 'forbidden'],
    'a body of 70,000 characters': [message(contact, body('x'.repeat(70_000))), 'forbidden'],
    'a command': [message(plugin, '<body>/route c.example b.example</body>'), 'forbidden'],
  }),
  ...table(['local'], undefined, {
    'control characters and a change of direction': [
      message(plugin, body('&#x85;&#x202e;&#x7f;&#xd;\\x1b[2J')),
      null,
    ],
    'a command that every object has': [message(plugin, '<body>constructor</body>'), null],
  }),
]

const prompts = [
  ...table(['local'], 'xmpp-iq-refused', {
    'nonsense as an address': [gateway('&lt;a&gt;@@'), 'not-acceptable'],
    'an address of 10,000 characters': [gateway(`${'x'.repeat(10_000)}@b.example`), 'not-acceptable'],
  }),
  ...table(strangers, 'xmpp-iq-refused', { 'a stranger’s address': [gateway('bob@b.example'), 'forbidden'] }),
]

/** A server's own address in the place of a user's. */
const asServer = (stanza: Attack['stanza']) => (given: Given) =>
  stanza({ ...given, from: given.from.replace(/^[^@]*@|\/.*$/gu, '') })
const byServer = (base64: string) => asServer(request(base64))
const random = (octets: number) => Buffer.alloc(octets, 0xc1).toString('base64')
const statement = Buffer.concat([Buffer.of(2), Buffer.alloc(2047, 0xc1)]).toString('base64')
const requests = [
  ...table(users, 'peer-request-refused', { 'a request by a user': [request('AQ=='), 'forbidden'] }),
  ...table(['component'], undefined, { 'a request for the certificate': [byServer('AQ=='), 'result'] }),
  ...table(['component'], 'peer-request-refused', {
    'base64 that is none': [byServer('A-Q='), 'bad-request'],
    'base64 of 400,000 characters': [byServer(random(300_000)), 'bad-request'],
  }),
  ...table(['component'], 'requests of strangers refused', {
    'base64 of 300,000 characters': [byServer(random(225_000)), 'not-allowed'],
    'a statement of random octets': [byServer(statement), 'not-allowed'],
  }),
]

export const attacks: readonly Attack[] = [
  ...shapes,
  ...inflated,
  ...questions,
  ...harmless,
  ...unasked,
  ...noise,
  ...forged,
  ...rooms,
  ...texts,
  ...prompts,
  ...requests,
]
