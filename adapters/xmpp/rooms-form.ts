// A room's configuration form: which values make it a context, and filling in those that the host knows (XEP-0045 s10.2).
import type { Element } from 'ltx'
import { mucOwner } from './rooms-stanzas.js'
import { attribute, childElements, xml } from './xml.js'

const dataForms = 'jabber:x:data'

/** Values by the name of the field. */
export type RoomValues = Readonly<Record<string, readonly string[]>>

// Names as Prosody and ejabberd offer them. Who has a voice is shown, so that the speaker's bot sees whom to take it from
// and a listener sees who the speaker is.
export const contextValues: RoomValues = {
  'muc#roomconfig_persistentroom': ['1'],
  'muc#roomconfig_publicroom': ['0'],
  public_list: ['0'],
  'muc#roomconfig_membersonly': ['1'],
  'muc#roomconfig_moderatedroom': ['1'],
  'muc#roomconfig_passwordprotectedroom': ['0'],
  members_by_default: ['0'],
  'muc#roomconfig_whois': ['moderators'],
  'muc#roomconfig_allowinvites': ['0'],
  '{http://prosody.im/protocol/muc}roomconfig_allowmemberinvites': ['0'],
  'muc#roomconfig_changesubject': ['0'],
  allow_private_messages: ['0'],
  allow_query_users: ['0'],
  allow_visitor_status: ['0'],
  allow_visitor_nickchange: ['0'],
  allow_voice_requests: ['0'],
  allow_subscription: ['0'],
  'muc#roomconfig_historylength': ['0'],
  'muc#roomconfig_defaulthistorymessages': ['0'],
  'muc#roomconfig_enablearchiving': ['0'],
  mam: ['0'],
  'muc#roomconfig_presencebroadcast': ['moderator', 'participant'],
}

/** Prosody keeps the name of a persistent room blocked for a month after its end, but not that of a temporary one. */
export const temporary: RoomValues = { 'muc#roomconfig_persistentroom': ['0'] }

const history = [
  'muc#roomconfig_historylength',
  'muc#roomconfig_defaulthistorymessages',
  'muc#roomconfig_enablearchiving',
  'mam',
]

export function formRequest(bot: string, room: string): Element {
  return xml('iq', { type: 'get', from: bot, to: room }, xml('query', { xmlns: mucOwner }))
}

/**
 * Answers the form in `result` with the wanted values and, for all else, with its own. ejabberd refuses a form with a
 * field that it did not offer.
 */
export function formAnswer(bot: string, room: string, result: Element, wanted: RoomValues): Element {
  const answered = fields(result).map(field => {
    const values = wanted[name(field)] ?? valuesOf(field)
    const type = attribute(field, 'type') === 'hidden' ? 'hidden' : undefined
    return xml('field', { var: name(field), type }, ...values.map(value => xml('value', {}, value)))
  })
  const form = xml('x', { xmlns: dataForms, type: 'submit' }, ...answered)
  return xml('iq', { type: 'set', from: bot, to: room }, xml('query', { xmlns: mucOwner }, form))
}

/** What the form says now in the fields that a context changes. */
export function describedValues(result: Element): RoomValues {
  const changed = fields(result).filter(field => Object.hasOwn(contextValues, name(field)))
  return Object.fromEntries(changed.map(field => [name(field), valuesOf(field)]))
}

/** Whether the form, read again, says that nothing said in the room is kept. */
export function keepsNothing(result: Element): boolean {
  const kept = fields(result).filter(field => history.includes(name(field)))
  return kept.every(field => ['0', 'false'].includes(valuesOf(field)[0] ?? '0'))
}

function fields(result: Element): Element[] {
  const form = result.getChild('query', mucOwner)?.getChild('x', dataForms)
  const all = form ? childElements(form).filter(child => child.name === 'field') : []
  return all.filter(field => name(field) !== '' && attribute(field, 'type') !== 'fixed')
}

function name(field: Element): string {
  return attribute(field, 'var') ?? ''
}

function valuesOf(field: Element): string[] {
  return childElements(field)
    .filter(child => child.name === 'value')
    .map(value => value.getText())
}
