// Contexts over rooms against a host that says exactly what the test wants, in virtual time.
import t from 'tap'
import type { Test } from 'tap'
import { createRooms } from '../../../adapters/xmpp/rooms.js'
import { attribute } from '../../../adapters/xmpp/xml.js'
import { systemRandom } from '../../../adapters/random.js'
import type { Carrier, ContextAddress, Voice } from '../../../plugin/ports.js'
import { createRig, settle, type Rig } from './_rig.js'
import type { ScriptedStream } from './_scripted-server.js'

const room = 'one@conference.b.example' as ContextAddress
const listener = 'listener@p3do.a.example/p3do'
const user = 'http://jabber.org/protocol/muc#user'

interface RoomRig extends Rig {
  readonly stream: ScriptedStream
  readonly carrier: Carrier
  /** Writes stanzas and resolves when the carrier has had them. */
  arrive(...stanzas: string[]): Promise<void>
}

async function createRoomRig(t: Test): Promise<RoomRig> {
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
  let marks = 0
  const arrive = async (...stanzas: string[]) => {
    const id = `mark${marks++}`
    stream.write(
      `${stanzas.join('')}<iq type='get' id='${id}' from='x.example' to='p3do.a.example'><x xmlns='y'/></iq>`,
    )
    await stream.until(new RegExp(`id="${id}"`))
  }
  return { ...rig, stream, carrier, arrive }
}

/** The next join, with its nick and id. */
async function nextJoin(stream: ScriptedStream): Promise<{ occupant: string; id: string }> {
  for (;;) {
    const presence = await stream.stanza('presence')
    const [occupant = '', id] = [attribute(presence, 'to'), attribute(presence, 'id')]
    if (id !== undefined) return { occupant, id }
  }
}

function presence(from: string, inner: string, attributes = ''): string {
  return `<presence from='${from}' to='${listener}' ${attributes}>${inner}</presence>`
}

function occupant(affiliation: string, role: string, ...codes: number[]): string {
  const statuses = codes.map(code => `<status code='${code}'/>`).join('')
  return `<x xmlns='${user}'><item affiliation='${affiliation}' role='${role}'/>${statuses}</x>`
}

function message(from: string, inner: string, type = 'groupchat'): string {
  return `<message from='${from}' to='${listener}' type='${type}'>${inner}</message>`
}

const cell = (text: string) => `<cell xmlns='urn:p3do:0'>${text}</cell>`
const error = (condition: string) =>
  `<error type='cancel'><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>`

/** A listener that is in the room, with its speaker there. */
async function listening(t: Test): Promise<RoomRig & { heard: string[]; voices: Voice[]; self: string }> {
  const rig = await createRoomRig(t)
  const [heard, voices] = [[] as string[], [] as Voice[]]
  rig.carrier.listen(room, (frame, voice) => {
    heard.push(frame)
    voices.push(voice)
  })
  const { occupant: self } = await nextJoin(rig.stream)
  await rig.arrive(
    presence(`${room}/speaker`, occupant('owner', 'moderator')),
    presence(self, occupant('member', 'visitor', 110)),
    message(room, '<subject/>'),
  )
  return { ...rig, heard, voices, self }
}

t.test('only one frame of the speaker, said to all, is heard', async t => {
  const { arrive, heard, self, counted } = await listening(t)
  const speaker = `${room}/speaker`
  const refused = [
    message(room, cell('bare')),
    message(`${room}/other`, cell('other')),
    message(speaker, cell('private'), 'chat'),
    message(speaker, cell('one') + cell('two')),
    message(speaker, "<cell xmlns='urn:other'>x</cell>"),
    message(speaker, cell('<b/>')),
    message(speaker, cell('')),
    message(speaker, cell('x'.repeat(16_385))),
    message(speaker, '<body>text</body>'),
    message('stranger@b.example/x', cell('stranger')),
    message(self, cell('own')),
  ]
  await arrive(...refused)
  t.same(heard, [])
  t.equal(counted('room-stanza-dropped'), refused.length - 1, 'all but our own')
  const longest = 'x'.repeat(16_384)
  await arrive(message(speaker, `${cell(longest)}<stanza-id xmlns='urn:xmpp:sid:0' id='1' by='${room}'/>`))
  t.same(heard, [longest])
})

t.test('the speaker is who the room shows as owner and moderator, as long as it does', async t => {
  const { arrive, heard } = await listening(t)
  const other = `${room}/other`
  await arrive(presence(other, occupant('member', 'participant')), message(other, cell('a')))
  await arrive(presence(other, occupant('member', 'moderator')), message(other, cell('b')))
  await arrive(presence(other, occupant('owner', 'participant')), message(other, cell('b')))
  await arrive(presence(other, occupant('owner', 'moderator')), message(other, cell('c')))
  await arrive(presence(other, occupant('owner', 'none'), "type='unavailable'"), message(other, cell('d')))
  t.same(heard, ['c'])
})

t.test('with each frame comes who says it, and since when he has been there under that name', async t => {
  const { arrive, clock, voices } = await listening(t)
  const name = 'speaker'
  const start = clock.steady()
  const show = (inner: string, attributes = '') => presence(`${room}/${name}`, inner, attributes)
  const speaks = occupant('owner', 'moderator')
  const says = async (...before: string[]) => {
    clock.advance(1000)
    await arrive(...before, message(`${room}/${name}`, cell('x')))
    return voices.at(-1)
  }
  t.same(await says(), { name, since: start })
  t.same(await says(show(speaks)), { name, since: start }, 'shown again')
  const gone = show(occupant('owner', 'none'), "type='unavailable'")
  t.same(
    await says(gone, show(speaks)),
    { name, since: start + 3000 },
    'somebody else, as far as one can know',
  )
  t.same(await says(show(occupant('owner', 'visitor')), show(speaks)), { name, since: start + 4000 })
})

t.test('a room that falls silent is asked, and joined again when it knows nothing of us', async t => {
  const { arrive, clock, stream, self, heard, counted } = await listening(t)
  await arrive(message(`${room}/speaker`, cell('a')))
  clock.advance(5000)
  await arrive()
  t.notMatch(stream.received(), /<ping/)
  clock.advance(5000)
  const [, first = ''] = await stream.until(
    new RegExp(`<iq type="get" from="${listener}" to="${self}" id="([^"]+)">`),
  )
  await arrive(`<iq type='result' id='${first}' from='${self}' to='${listener}'/>`)
  t.equal(counted('room-lost'), 0)
  clock.advance(1500)
  const [, second = ''] = await stream.until(new RegExp(`to="${self}" id="(?!${first})([^"]+)"><ping`))
  await arrive(
    `<iq type='error' id='${second}' from='${self}' to='${listener}'>${error('not-acceptable')}</iq>`,
  )
  clock.advance(1500)
  await nextJoin(stream)
  t.equal(counted('room-lost'), 1)
  await arrive(message(`${room}/speaker`, cell('b')))
  t.same(heard, ['a'], 'nothing is heard before the room shows who speaks')
})

/** Lets time pass in a room that says "in" to whoever asks; runs `each` after each step. Returns the seconds of all joins. */
async function listedFor(
  { arrive, clock, stream, self }: Awaited<ReturnType<typeof listening>>,
  seconds: number,
  each: () => Promise<void> = () => Promise.resolve(),
  step = 1,
): Promise<number[]> {
  const joins: number[] = []
  const answered = new Set<string>()
  let known = stream.received().length
  for (let second = step; second <= seconds; second += step) {
    clock.advance(1000 * step)
    await arrive()
    const said = stream.received().slice(known)
    known = stream.received().length
    for (const [, id = ''] of said.matchAll(/to="[^"]+" id="([^"]+)"><ping/g))
      if (!answered.has(id)) await arrive(`<iq type='result' id='${id}' from='${self}' to='${listener}'/>`)
    if (said.includes('<history')) {
      joins.push(second)
      await arrive(presence(self, occupant('member', 'visitor', 110)))
    }
    await each()
  }
  return joins
}

t.test('a room that lists us and brings nothing of its speaker is joined anew, soon', async t => {
  const rig = await listening(t)
  const [first = 0] = await listedFor(rig, 60)
  t.ok(first >= 15 && first <= 45, `after ${String(first)} s`)
  t.equal(rig.counted('room-deaf'), 1)
})

t.test('whoever else speaks there, it is joined anew until the speaker is heard', async t => {
  const rig = await listening(t)
  await rig.arrive(presence(`${room}/speaker`, occupant('owner', 'none'), "type='unavailable'"))
  const { arrive, heard } = rig
  const speaker = `${room}/speaker2`
  const joins = await listedFor(rig, 60, () => arrive(message(speaker, cell('x'))))
  t.ok(joins.length > 0, 'its coming was lost on the way here')
  t.same(heard, [])
  await arrive(presence(speaker, occupant('owner', 'moderator')))
  t.same(await listedFor(rig, 120, () => arrive(message(speaker, cell('x')))), [])
  t.equal(heard.length, 120)
})

t.test('a room without a speaker is joined ever more rarely', async t => {
  const rig = await listening(t)
  const joins = await listedFor(rig, 3 * 3600, undefined, 10)
  t.ok(joins.length >= 8 && joins.length <= 24, `${String(joins.length)} times in three hours`)
  const [before = 0, last = 0] = joins.slice(-2)
  t.ok(last - before >= 600, 'at most every ten minutes')
})

for (const condition of ['remote-server-timeout', 'remote-server-not-found']) {
  t.test(`${condition} says nothing about the stay: asked again, not joined`, async t => {
    const { arrive, clock, stream, self, counted } = await listening(t)
    clock.advance(5000)
    const [, first = ''] = await stream.until(/id="([^"]+)"><ping/)
    await arrive(`<iq type='error' id='${first}' from='${self}' to='${listener}'>${error(condition)}</iq>`)
    clock.advance(1500)
    await stream.until(new RegExp(`to="${self}" id="(?!${first})([^"]+)"><ping`))
    t.equal(counted('room-lost'), 0)
  })
}

t.test('who is not admitted tries again, ever more slowly', async t => {
  const { arrive, clock, stream, carrier, counted } = await createRoomRig(t)
  carrier.listen(room, () => undefined)
  for (const [soonest, latest] of [
    [3000, 4500],
    [6000, 9000],
    [12_000, 18_000],
  ] as const) {
    const { occupant: self, id } = await nextJoin(stream)
    await arrive(presence(self, error('registration-required'), `type='error' id='${id}'`))
    clock.advance(soonest - 1)
    await settle()
    const before = stream.received().length
    clock.advance(latest - soonest + 1)
    await stream.until(new RegExp(`^[^]{${before}}[^]*<presence`))
  }
  t.equal(counted('room-join-refused'), 3)
})

t.test('a listener leaves a room that its own join has made', async t => {
  const { arrive, stream, carrier, heard } = { ...(await createRoomRig(t)), heard: [] as string[] }
  carrier.listen(room, frame => heard.push(frame))
  const { occupant: self } = await nextJoin(stream)
  const before = stream.received().length
  await arrive(presence(self, occupant('owner', 'moderator', 110, 201)))
  t.match(stream.received().slice(before), /<presence from="[^"]+" to="[^"]+" type="unavailable"\/>/)
})

t.test('a room service that does not answer is asked again', async t => {
  const { clock, stream, carrier } = await createRoomRig(t)
  carrier.listen(room, () => undefined)
  const first = await nextJoin(stream)
  clock.advance(30_000)
  clock.advance(1500)
  const second = await nextJoin(stream)
  t.equal(second.occupant, first.occupant)
  t.not(second.id, first.id)
})

t.test('who is thrown out again and again comes back ever later', async t => {
  const { arrive, clock, stream, self, counted } = await listening(t)
  for (const soonest of [1000, 2000, 4000]) {
    await arrive(presence(self, occupant('member', 'none', 110, 307), "type='unavailable'"))
    const before = stream.received().length
    clock.advance(soonest - 1)
    await arrive()
    t.notMatch(stream.received().slice(before), /<presence/)
    clock.advance(soonest / 2 + 1)
    await stream.until(new RegExp(`^[^]{${before}}[^]*<history`))
    await arrive(presence(self, occupant('member', 'visitor', 110)))
  }
  t.equal(counted('room-joined'), 4)
})

t.test('a peer cannot make us write to what is neither room nor bot', async t => {
  const { carrier, stream, arrive } = await createRoomRig(t)
  for (const address of [
    'b.example',
    'bob@b.example/phone',
    'Bob@b.example',
    '@b.example',
    `${'x'.repeat(1024)}@b.example`,
    '',
  ])
    t.throws(
      () => carrier.listen(address as ContextAddress, () => undefined),
      { code: 'bad-format' },
      address.slice(0, 20),
    )
  await arrive()
  t.notMatch(stream.received(), /<presence/)
})
