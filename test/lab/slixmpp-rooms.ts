// What the owner of a room does with a stock client: makes it, shares it, invites into it (XEP-0045, XEP-0249).
import type { Device } from './slixmpp-chat.js'

const muc = 'http://jabber.org/protocol/muc'

/** Makes a room that stays when it is empty, and remains in it. */
export async function makeRoom(device: Device, room: string): Promise<void> {
  const nick = 'owner'
  device.send(`<presence to='${room}/${nick}'><x xmlns='${muc}'/></presence>`)
  await device.stanzas.waitFor(text => text.startsWith('<presence') && text.includes(`${room}/${nick}`))
  const field = (name: string, value: string) => `<field var='${name}'><value>${value}</value></field>`
  const fields = field('FORM_TYPE', `${muc}#roomconfig`) + field('muc#roomconfig_persistentroom', '1')
  const form = `<x xmlns='jabber:x:data' type='submit'>${fields}</x>`
  ensureResult(await device.ask('set', room, `<query xmlns='${muc}#owner'>${form}</query>`))
}

/** Comes into a room under a name, or takes another one there. */
export async function comeIn(device: Device, room: string, nick: string): Promise<void> {
  const since = device.stanzas.items.length
  device.send(`<presence to='${room}/${nick}'><x xmlns='${muc}'/></presence>`)
  await presenceSince(
    device,
    since,
    text => text.includes(`from="${room}/${nick}"`) && text.includes('code="110"'),
  )
}

/** The name under which a speaker is in a room now, as an owner who is in as well sees it; another one than `not`. */
export async function speakerOf(device: Device, room: string, speaker: string, not = ''): Promise<string> {
  const isThere = (text: string): boolean =>
    text.includes(`jid="${speaker}/`) && isPresent(text) && nickIn(text, room) !== not
  const last = device.stanzas.items.findLast(isThere)
  return nickIn(last ?? (await device.stanzas.waitFor(isThere)), room)
}

/** XEP-0045 s8.2 */
export async function throwOut(device: Device, room: string, nick: string): Promise<void> {
  const since = device.stanzas.items.length
  const item = `<item nick='${nick}' role='none'/>`
  ensureResult(await device.ask('set', room, `<query xmlns='${muc}#admin'>${item}</query>`))
  await presenceSince(device, since, text => text.includes(`from="${room}/${nick}"`) && !isPresent(text))
}

/** Says in a room what looks like a cell. */
export function sayCell(device: Device, room: string, text: string): void {
  device.send(`<message to='${room}' type='groupchat'><cell xmlns='urn:p3do:0'>${text}</cell></message>`)
}

async function presenceSince(device: Device, since: number, fits: (text: string) => boolean): Promise<void> {
  await device.stanzas.waitFor(
    text => text.startsWith('<presence') && fits(text) && device.stanzas.items.lastIndexOf(text) >= since,
  )
}

function isPresent(text: string): boolean {
  return text.startsWith('<presence') && !/^<presence[^>]* type="(?:unavailable|error)"/.test(text)
}

function nickIn(text: string, room: string): string {
  return new RegExp(`from="${room}/([^"]+)"`).exec(text)?.[1] ?? ''
}

export function leaveRoom(device: Device, room: string): void {
  device.send(`<presence to='${room}/owner' type='unavailable'/>`)
}

/** Makes somebody an `owner` of a room, or `none`. */
export async function setAffiliation(
  device: Device,
  room: string,
  jid: string,
  affiliation: string,
): Promise<void> {
  const item = `<item jid='${jid}' affiliation='${affiliation}'/>`
  ensureResult(await device.ask('set', room, `<query xmlns='${muc}#admin'>${item}</query>`))
}

export async function affiliates(device: Device, room: string, affiliation: string): Promise<string> {
  return device.ask('get', room, `<query xmlns='${muc}#admin'><item affiliation='${affiliation}'/></query>`)
}

/** XEP-0249 */
export function inviteDirectly(device: Device, room: string, whom: string): void {
  device.send(`<message to='${whom}'><x xmlns='jabber:x:conference' jid='${room}'/></message>`)
}

/** XEP-0045 s7.8.2 */
export function inviteByRoom(device: Device, room: string, whom: string): void {
  device.send(`<message to='${room}'><x xmlns='${muc}#user'><invite to='${whom}'/></x></message>`)
}

function ensureResult(answer: string): void {
  if (!answer.includes('type="result"')) throw new Error(`The room refused it: ${answer}`)
}
