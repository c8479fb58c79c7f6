// Talks between a host and the plugin, a stanza on each line; the first octet says what the plugin asked before.

const to = "to='p3do.a.example'"
const contact = "to='bob\\40b.example@p3do.a.example'"
const id = '01'.repeat(16)
const user = 'http://jabber.org/protocol/muc#user'
const ox = 'urn:xmpp:openpgp:0'
const pubsub = 'http://jabber.org/protocol/pubsub'

/** Seeds for the questions in their order, with that word in each text. */
export function seedTalks(marker: string): readonly Buffer[] {
  return [
    [0, messages(marker)],
    [0, questions()],
    [0, room(marker)],
    [0, presences()],
    [1, [answer('alice@a.example', items(list()))]],
    [
      2,
      [answer('alice@a.example', items(`<pubkey xmlns='${ox}'><data>${'QUJD'.repeat(20)}</data></pubkey>`))],
    ],
    [3, [refusal('a.example', 'item-not-found')]],
    [4, [answer('a.example', ''), answer('a.example', '')]],
    [5, ownRoom()],
    [6, [answer('p3do.b.example', "<answer xmlns='urn:p3do:0'>QUJD</answer>")]],
    [7, [refusal('a.example', 'service-unavailable')]],
    [8, [answer('a.example', '')]],
    [0, invitations(marker)],
  ].map(([question, lines]) => talk(question as number, lines as readonly string[]))
}

function talk(question: number, lines: readonly string[]): Buffer {
  return Buffer.concat([Buffer.of(question), Buffer.from(lines.join('\n'))])
}

function messages(marker: string): string[] {
  const message = (inner: string, attributes = '') =>
    `<message from='alice@a.example/phone' ${contact} id='m1' type='chat' ${attributes}>${inner}</message>`
  return [
    message(`<body>${marker} hello</body><request xmlns='urn:xmpp:receipts'/>`),
    message(`<body>x</body><openpgp xmlns='${ox}'>${'QUJD'.repeat(30)}</openpgp>`),
    message(`<received xmlns='urn:xmpp:receipts' id='${'0a'.repeat(16)}-1.m-1'/>`),
    message("<displayed xmlns='urn:xmpp:chat-markers:0' id='m-1'/>"),
  ]
}

function questions(): string[] {
  const ask = (type: string, inner: string, where = to) =>
    `<iq type='${type}' id='q1' from='alice@a.example/x' ${where}>${inner}</iq>`
  return [
    ask('get', "<query xmlns='http://jabber.org/protocol/disco#info'/>"),
    ask('get', "<query xmlns='http://jabber.org/protocol/disco#items' node='n'/>"),
    ask('set', "<query xmlns='jabber:iq:gateway'><prompt>bob@b.example</prompt></query>"),
    ask('get', `<pubsub xmlns='${pubsub}'><items node='${ox}:public-keys'/></pubsub>`, contact),
    ask('get', "<ping xmlns='urn:xmpp:ping'/>"),
    `<iq type='set' id='q2' from='p3do.b.example' ${to}><request xmlns='urn:p3do:0'>AQ==</request></iq>`,
  ]
}

function room(marker: string): string[] {
  const [listener, address] = ["to='listener@p3do.a.example/p3do'", 'one@conference.b.example']
  return [
    `<presence from='${address}/speaker' ${listener}><x xmlns='${user}'><item affiliation='owner' role='moderator'/></x></presence>`,
    `<presence from='${address}/${'01'.repeat(8)}' ${listener}><x xmlns='${user}'><item affiliation='member' role='visitor'/><status code='110'/></x></presence>`,
    `<message from='${address}' ${listener} type='groupchat'><subject/></message>`,
    `<message from='${address}/speaker' ${listener} type='groupchat'><cell xmlns='urn:p3do:0'>${marker}</cell></message>`,
    `<presence from='${address}/${'01'.repeat(8)}' ${listener} type='unavailable'><x xmlns='${user}'><item affiliation='none' role='none'/><status code='307'/></x></presence>`,
  ]
}

function invitations(marker: string): string[] {
  const speaker = "to='speaker@p3do.a.example'"
  return [
    `<message from='ops@conference.a.example' ${speaker}><x xmlns='${user}'><invite from='alice@a.example/phone'><reason>${marker}</reason></invite></x></message>`,
    `<message from='alice@a.example/phone' ${speaker}><x xmlns='jabber:x:conference' jid='ops@conference.a.example' reason='${marker}'/></message>`,
    `<message from='alice@a.example/phone' ${to}><x xmlns='jabber:x:conference' jid='ops@conference.b.example'/></message>`,
  ]
}

function presences(): string[] {
  return ['subscribe', 'subscribed', 'unsubscribe', 'probe', 'error'].map(
    type => `<presence from='alice@a.example' ${contact} type='${type}'/>`,
  )
}

// An own room from the join to the last question, as Prosody answers.
function ownRoom(): string[] {
  const address = 'own@conference.a.example'
  const speaker = "to='speaker@p3do.a.example/p3do'"
  const result = (inner: string) => `<iq type='result' from='${address}' ${speaker} id='${id}'>${inner}</iq>`
  const field = (name: string, value: string) =>
    `<field var='${name}' type='boolean'><value>${value}</value></field>`
  const fields = ['muc#roomconfig_persistentroom', 'muc#roomconfig_membersonly', 'mam', 'x'].map(name =>
    field(name, '0'),
  )
  const form = `<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='form'>${fields.join('')}</x></query>`
  const features = ['hidden', 'membersonly', 'moderated', 'persistent', 'semianonymous'].map(
    name => `<feature var='muc_${name}'/>`,
  )
  const nobody = result("<query xmlns='http://jabber.org/protocol/muc#admin'/>")
  return [
    `<presence from='${address}/${'01'.repeat(8)}' ${speaker}><x xmlns='${user}'><item affiliation='owner' role='moderator'/><status code='110'/><status code='201'/></x></presence>`,
    result(form),
    result(''),
    result(`<query xmlns='http://jabber.org/protocol/disco#info'>${features.join('')}</query>`),
    result(form),
    nobody,
    nobody,
    nobody,
    nobody,
    nobody,
  ]
}

function answer(from: string, inner: string): string {
  return `<iq type='result' from='${from}' ${to} id='${id}'>${inner}</iq>`
}

function refusal(from: string, condition: string): string {
  return `<iq type='error' from='${from}' ${to} id='${id}'><error type='cancel'><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`
}

function items(inner: string): string {
  return `<pubsub xmlns='${pubsub}'><items node='n'><item id='current'>${inner}</item></items></pubsub>`
}

function list(): string {
  return `<public-keys-list xmlns='${ox}'><pubkey-metadata v4-fingerprint='${'AB'.repeat(20)}' date='2026-06-01T00:00:00Z'/></public-keys-list>`
}
