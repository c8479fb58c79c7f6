// A room of the scripted server that answers its speaker as the test wants (XEP-0045).
import type { Element } from 'ltx'
import { attribute } from '../../../adapters/xmpp/xml.js'
import type { ScriptedStream } from './_scripted-server.js'

export const speaker = 'speaker@p3do.a.example/p3do'
export const owner = 'http://jabber.org/protocol/muc#owner'
export const admin = 'http://jabber.org/protocol/muc#admin'
const disco = 'http://jabber.org/protocol/disco#info'

/** What the room shows at this moment. */
export interface ScriptedRoom {
  self: string
  features: string[]
  form: string
  /** By role or affiliation. */
  lists: Record<string, string>
  /** Error condition of the answer to the form. */
  refuses: string | null
  /** The speaker is an outcast: it may neither come nor ask. */
  bans?: boolean
}

export const good: ScriptedRoom = {
  self: "<item affiliation='owner' role='moderator'/><status code='110'/>",
  features: ['muc_hidden', 'muc_membersonly', 'muc_moderated', 'muc_persistent', 'muc_semianonymous'],
  form: [
    "<field type='hidden' var='FORM_TYPE'><value>form</value></field>",
    "<field type='fixed' var='muc#title'><value>Title</value></field>",
    "<field var='muc#roomconfig_membersonly' type='boolean'><value>0</value></field>",
    "<field var='muc#roomconfig_lang' type='text-single'><value>eo</value></field>",
    "<field var='muc#roomconfig_historylength' type='text-single'><value>0</value></field>",
  ].join(''),
  lists: { owner: `<item affiliation='owner' jid='speaker@p3do.a.example'/>` },
  refuses: null,
}

/** What the speaker asked the room, and where it wanted to come in. */
export interface AskedRoom {
  readonly questions: Element[]
  readonly joins: string[]
}

/** Answers joins and iqs of the speaker as `shown` is then, until the stream ends. */
export async function serveRoom(
  stream: ScriptedStream,
  room: string,
  shown: ScriptedRoom,
  asked: AskedRoom,
): Promise<void> {
  try {
    await Promise.all([serveJoins(stream, shown, asked), serveQuestions(stream, room, shown, asked)])
  } catch (error) {
    if (!stream.socket.closed) throw error
  }
}

async function serveJoins(stream: ScriptedStream, shown: ScriptedRoom, { joins }: AskedRoom): Promise<void> {
  for (;;) {
    const presence = await stream.stanza('presence')
    const [to, id] = [attribute(presence, 'to') ?? '', attribute(presence, 'id')]
    if (id === undefined) continue
    joins.push(to)
    stream.write(
      shown.bans === true
        ? `<presence type='error' id='${id}' from='${to}' to='${speaker}'>${error('forbidden')}</presence>`
        : `<presence from='${to}' to='${speaker}'>${user(shown.self)}</presence>`,
    )
  }
}

async function serveQuestions(
  stream: ScriptedStream,
  room: string,
  shown: ScriptedRoom,
  { questions }: AskedRoom,
): Promise<void> {
  for (;;) {
    const iq = await stream.stanza('iq')
    const [to, isPing] = [attribute(iq, 'to') ?? '', iq.getChild('ping') !== undefined]
    if (to === room && !isPing) questions.push(iq)
    else if (!isPing) continue
    const isSubmit = iq.getChild('query', owner)?.getChild('x')
    const head = `from='${to}' to='${attribute(iq, 'from') ?? ''}' id='${attribute(iq, 'id') ?? ''}'`
    const condition = shown.bans === true ? 'forbidden' : isSubmit ? shown.refuses : null
    if (condition !== null && !isPing) stream.write(`<iq type='error' ${head}>${error(condition)}</iq>`)
    else stream.write(`<iq type='result' ${head}>${answer(iq, shown)}</iq>`)
  }
}

/** What a presence says about its occupant. */
export function user(content: string): string {
  return `<x xmlns='http://jabber.org/protocol/muc#user'>${content}</x>`
}

function error(condition: string): string {
  return `<error type='auth'><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>`
}

function answer(iq: Element, shown: ScriptedRoom): string {
  if (iq.getChild('query', disco)) {
    return `<query xmlns='${disco}'>${shown.features.map(name => `<feature var='${name}'/>`).join('')}</query>`
  }
  const item = iq.getChild('query', admin)?.getChild('item')
  if (item && attribute(iq, 'type') === 'get') {
    const list = shown.lists[attribute(item, 'role') ?? attribute(item, 'affiliation') ?? ''] ?? ''
    return `<query xmlns='${admin}'>${list}</query>`
  }
  const isForm = iq.getChild('query', owner) && attribute(iq, 'type') === 'get'
  return isForm
    ? `<query xmlns='${owner}'><x xmlns='jabber:x:data' type='form'>${shown.form}</x></query>`
    : ''
}
