// What makes a room of our own a context, and every reason to refuse it, against a host that says what the test wants.
import t from 'tap'
import type { Test } from 'tap'
import { createRooms } from '../../../adapters/xmpp/rooms.js'
import { attribute } from '../../../adapters/xmpp/xml.js'
import { systemRandom } from '../../../adapters/random.js'
import type { ContextAddress, ListenerAddress } from '../../../plugin/ports.js'
import { caughtUp, createRig } from './_rig.js'
import {
  admin,
  good,
  owner,
  serveRoom,
  speaker,
  type AskedRoom,
  type ScriptedRoom,
} from './_scripted-room.js'

const room = 'one@conference.a.example'

async function openIn(t: Test, shown: ScriptedRoom) {
  const { link, clock, log, count, online, counted, lines } = await createRig(t)
  const roomService = 'conference.a.example'
  const carrier = createRooms(link, {
    roomService,
    hostDomain: 'a.example',
    random: systemRandom,
    clock,
    log,
    counters: { count },
  })
  const stream = await online()
  const asked: AskedRoom = { questions: [], joins: [] }
  void serveRoom(stream, room, shown, asked)
  return { carrier, stream, asked: asked.questions, counted, lines, opened: carrier.open('one') }
}

t.test('the form keeps what is not ours and leaves out what is only shown', async t => {
  const { asked, opened } = await openIn(t, good)
  t.equal(await opened, room)
  const form = asked
    .find(iq => iq.getChild('query', owner)?.getChild('x'))
    ?.getChild('query')
    ?.getChild('x')
  const values = form
    ?.getChildren('field')
    .map(field => [attribute(field, 'var'), field.getChildText('value')])
  t.same(values, [
    ['FORM_TYPE', 'form'],
    ['muc#roomconfig_membersonly', '1'],
    ['muc#roomconfig_lang', 'eo'],
    ['muc#roomconfig_historylength', '0'],
  ])
})

const refusals: Record<string, Partial<ScriptedRoom>> = {
  'it belongs to somebody else': { self: "<item affiliation='member' role='visitor'/><status code='110'/>" },
  'it answers forbidden': { refuses: 'forbidden' },
  'it keeps what is said': { form: "<field var='mam'><value>1</value></field>" },
  'somebody else has a voice in it': { lists: { moderator: "<item nick='x' role='moderator'/>" } },
  'it has other owners': { lists: { admin: "<item affiliation='admin' jid='x@a.example'/>" } },
}
for (const feature of good.features) {
  refusals[`does not show ${feature};`] = { features: good.features.filter(name => name !== feature) }
}

for (const [reason, difference] of Object.entries(refusals)) {
  t.test(`refused: ${reason}`, async t => {
    const { opened, stream } = await openIn(t, { ...good, ...difference })
    const refusal = await opened.catch((error: unknown) => error)
    t.match(refusal, { code: 'context-refused' })
    t.match(String(refusal), reason)
    await stream.until(
      /<presence from="speaker[^>]*type="unavailable"\/>[^]*<presence from="speaker[^>]*type="unavailable"\/>/,
    )
    t.notMatch(stream.received(), /<destroy/, 'somebody may need it')
  })
}

t.test('a room that our join has made and that is no context is removed', async t => {
  const made = { self: `${good.self}<status code='201'/>`, features: [] }
  const { opened, stream } = await openIn(t, { ...good, ...made })
  await t.rejects(opened, { code: 'context-refused' })
  t.match(stream.received(), /<destroy\/>/)
})

t.test('others with a voice lose it before the room is taken', async t => {
  const shown = { ...good, lists: { ...good.lists, participant: "<item nick='x' role='participant'/>" } }
  const { opened, asked } = await openIn(t, shown)
  await t.rejects(opened, { code: 'context-refused' }, 'where the room does not take it')
  const taken = asked
    .map(iq => iq.getChild('query', admin)?.getChild('item'))
    .filter(item => item?.attrs['nick'] === 'x')
  t.equal(taken[0]?.attrs['role'], 'visitor')
})

t.test('what members tell the speaker is dropped and counted', async t => {
  const { stream, opened, counted } = await openIn(t, good)
  await opened
  const cell = "<cell xmlns='urn:p3do:0'>forged</cell>"
  for (const [from, type, child] of [
    [room, 'groupchat', '<subject/>'],
    [`${room}/x`, 'chat', cell],
    [`${room}/x`, 'groupchat', cell],
    [room, 'normal', "<x xmlns='jabber:x:data' type='form'/>"],
  ] as const) {
    stream.write(`<message from='${from}' to='${speaker}' type='${type}'>${child}</message>`)
  }
  await caughtUp(stream)
  t.equal(counted('room-stanza-dropped'), 3)
  t.notMatch(stream.received(), /<message/)
})

t.test('nothing is said in a context that was never opened, or is closed', async t => {
  const { carrier, opened } = await openIn(t, good)
  const context = await opened
  t.equal(carrier.speak(context, 'frame'), true)
  await carrier.close(context)
  t.throws(() => carrier.speak(context, 'frame'), { code: 'internal' })
  await t.rejects(carrier.admit('two@conference.a.example' as ContextAddress, 'x@y' as ListenerAddress), {
    code: 'internal',
  })
  await t.rejects(carrier.open('No name'), { code: 'internal' })
})

/** Lets the speaker come so often to a room that somebody else has just made. */
async function openLocked(t: Test, times: number) {
  const rig = await createRig(t)
  const { link, clock, log, count } = rig
  const roomService = 'conference.a.example'
  const carrier = createRooms(link, {
    roomService,
    hostDomain: 'a.example',
    random: systemRandom,
    clock,
    log,
    counters: { count },
  })
  const stream = await rig.online()
  const opened = carrier.open('one')
  opened.catch(() => undefined) // whoever asked for it looks at it later
  const last: string[] = []
  for (let time = 0; time < times; time++) {
    const known = last.map(id => `(?!${id})`).join('')
    const [, occupant = '', id = ''] = await stream.until(new RegExp(`to="([^"]+)" id="${known}([^"]+)"><x`))
    last.push(id)
    stream.write(
      `<presence type='error' from='${occupant}' to='${speaker}' id='${id}'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence><iq type='get' id='mark${String(time)}' from='x.example' to='p3do.a.example'><x xmlns='y'/></iq>`,
    )
    await stream.until(new RegExp(`id="mark${String(time)}"`))
    clock.advance(1500 * 2 ** time)
  }
  return { stream, opened }
}

t.test('a room that a listener has made a moment ago is tried again', async t => {
  const { stream, opened } = await openLocked(t, 2)
  void serveRoom(stream, room, good, { questions: [], joins: [] })
  t.equal(await opened, room)
})

t.test('a room that stays locked is refused', async t => {
  const { opened } = await openLocked(t, 5)
  await t.rejects(opened, { code: 'context-refused', message: /item-not-found/ })
})
