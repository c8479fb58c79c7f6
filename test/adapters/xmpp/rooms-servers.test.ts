// Contexts over rooms of real servers when servers restart, bots are thrown out, and others want to speak.
import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { adminIq, cellMessage, joinPresence, parseOccupant } from '../../../adapters/xmpp/rooms-stanzas.js'
import { attribute } from '../../../adapters/xmpp/xml.js'
import type { ContextAddress, ListenerAddress } from '../../../plugin/ports.js'
import { startNetwork } from '../../lab/network.js'
import type { Network } from '../../lab/network.js'
import { until } from '../../_until.js'
import { startRoomHost, stanzasOf } from './_rooms-rig.js'
import type { RoomHost } from './_rooms-rig.js'
import { testFolder } from '../../_folder.js'

const frame = Buffer.alloc(2048, 7).toString('base64')
const speaker = 'speaker@p3do.a.example/p3do'
const stranger = 'stranger@p3do.c.example/x'
const strangerBare = 'stranger@p3do.c.example' as ListenerAddress

let network: Network
let a: RoomHost
let b: RoomHost
let c: RoomHost

t.before(async () => {
  network = await startNetwork({ folder: testFolder(t) })
  ;[a, b, c] = await Promise.all([
    startRoomHost(network, 'a'),
    startRoomHost(network, 'b'),
    startRoomHost(network, 'c'),
  ])
})

t.teardown(async () => {
  await Promise.all([a, b, c].map(({ link }) => link.stop()))
  await network.stop()
})

interface Heard {
  readonly context: ContextAddress
  readonly frames: string[]
}

const timed = async (t: Test, what: string, run: () => Promise<void>) => {
  const start = Date.now()
  await run()
  t.comment(`${what}: ${Date.now() - start} ms`)
}

/** Opens a context that the listener of `b` hears. */
async function heardContext(t: Test, name: string): Promise<Heard> {
  const context = await a.carrier.open(name)
  await a.carrier.admit(context, b.carrier.listener)
  const frames: string[] = []
  t.teardown(b.carrier.listen(context, text => frames.push(text)))
  await timed(t, 'joined and heard', () => hearsAgain({ context, frames }))
  return { context, frames }
}

async function hearsAgain({ context, frames }: Heard): Promise<void> {
  const before = frames.length
  await until(
    'a frame',
    () => frames.length > before + 1,
    () => a.carrier.speak(context, frame),
  )
}

t.test('a room shows what a context needs, and a cell is all that is said in it', async t => {
  const said = stanzasOf(b.link)
  const { context } = await heardContext(t, 'closed')
  const message = said.find(stanza => stanza.name === 'message' && stanza.getChild('cell'))
  const children = message?.getChildElements().map(child => child.name)
  t.same(children?.slice(0, 3), ['cell', 'no-store', 'no-copy'])
  t.notOk(message?.getChild('body'))
  t.ok(message && attribute(message, 'from')?.startsWith(`${context}/`))
})

t.test('a listener that is kicked is back', async t => {
  const presences = stanzasOf(a.link)
  const heard = await heardContext(t, 'kicked')
  const nick = presences.map(parseOccupant).find(occupant => occupant.role === 'participant')?.nick ?? ''
  const lost = () => b.counters.snapshot()['room-lost'] ?? 0
  const before = lost()
  await a.link.request(adminIq('set', speaker, heard.context, [{ nick, role: 'none' }]))
  await until('the kick', () => lost() > before)
  await timed(t, 'back after a kick', () => hearsAgain(heard))
  t.ok(heard.frames.length > 0)
})

t.test('a listener that the room dropped in silence is back as soon as it is online', async t => {
  const heard = await heardContext(t, 'dropped')
  const lost = () => b.counters.snapshot()['room-lost'] ?? 0
  const before = lost()
  await b.link.stop()
  // The room learns from a frame that comes back; one that comes before the server noticed is lost.
  let visitors = 1
  const count = async () => {
    a.carrier.speak(heard.context, frame)
    const answer = await a.link.request(adminIq('get', speaker, heard.context, [{ role: 'visitor' }]))
    visitors = answer.getChild('query')?.getChildren('item').length ?? 0
  }
  await until(
    'the drop',
    () => visitors === 0,
    () => void count(),
  )
  await b.link.start()
  await timed(t, 'back after a drop', () => hearsAgain(heard))
  t.ok(lost() > before)
})

for (const [how, again] of [
  ['a restart of the speaking server', () => network.servers.a.restart()],
  ['a restart of the listening server', () => network.servers.b.restart()],
  ['a kill of the speaking server', () => revive('a')],
  ['a kill of the listening server', () => revive('b')],
  ['a pause of the speaking server', () => pause('a')],
  ['a pause of the listening server', () => pause('b')],
] as const) {
  t.test(`cells are heard again after ${how}`, async t => {
    const heard = await heardContext(t, 'restarted')
    await again()
    await timed(t, `heard again after ${how}`, () => hearsAgain(heard))
    t.ok(heard.frames.every(text => text === frame))
  })
}

async function revive(name: 'a' | 'b'): Promise<void> {
  await network.servers[name].kill()
  await network.servers[name].start()
}

async function pause(name: 'a' | 'b'): Promise<void> {
  network.servers[name].pause()
  for (const at of [100, 200]) await new Promise(resolve => setTimeout(resolve, at))
  network.servers[name].resume()
}

t.test('a room that the host lost is opened again, with its members', async t => {
  const heard = await heardContext(t, 'forgotten')
  const server = network.servers.a
  await server.stop()
  await rm(join(dirname(server.log), 'data', 'conference%2ea%2eexample'), { recursive: true })
  await server.start()
  await timed(t, 'heard again in a new room', () => hearsAgain(heard))
  t.ok(heard.frames.length > 0)
})

t.test('another member gets no voice, and nobody hears it', async t => {
  const stanzas = stanzasOf(c.link)
  const heard = await heardContext(t, 'voices')
  await a.carrier.admit(heard.context, strangerBare)
  c.link.send(joinPresence(stranger, `${heard.context}/stranger`, 'join'))
  const own = () => stanzas.filter(stanza => attribute(stanza, 'from') === `${heard.context}/stranger`)
  const roles = () =>
    own()
      .filter(stanza => stanza.name === 'presence')
      .map(stanza => parseOccupant(stanza).role)
  await until('the loss of its voice', () => roles().includes('visitor'))
  c.link.send(cellMessage(stranger, heard.context, 'forged'))
  const errors = () => stanzas.filter(stanza => attribute(stanza, 'type') === 'error')
  await until('the refusal', () => errors().some(stanza => stanza.name === 'message'))
  await hearsAgain(heard)
  t.notOk(heard.frames.includes('forged'))
})

t.test('what a member says before it loses its voice is not heard', async t => {
  const heard = await heardContext(t, 'haste')
  await a.carrier.admit(heard.context, strangerBare)
  const dropped = () => b.counters.snapshot()['room-stanza-dropped'] ?? 0
  const before = dropped()
  c.link.send(joinPresence(stranger, `${heard.context}/hasty`, 'join'))
  for (let times = 0; times < 10; times++) c.link.send(cellMessage(stranger, heard.context, 'forged'))
  await until('the drop', () => dropped() > before)
  await hearsAgain(heard)
  t.notOk(heard.frames.includes('forged'))
})

t.test('what an outsider says into the room or to the listener is not heard', async t => {
  const heard = await heardContext(t, 'outside')
  const answers = stanzasOf(c.link)
  const outsider = 'outsider@p3do.c.example/x'
  c.link.send(cellMessage(outsider, heard.context, 'forged'))
  c.link.send(cellMessage(outsider, `${b.carrier.listener}/p3do`, 'forged'))
  await until('the refusal', () => answers.some(stanza => attribute(stanza, 'to') === outsider))
  await hearsAgain(heard)
  t.notOk(heard.frames.includes('forged'))
})

t.test('a room of somebody else is refused', async t => {
  const stanzas = stanzasOf(c.link)
  c.link.send(joinPresence(stranger, 'taken@conference.a.example/first', 'join'))
  await until('its making', () => stanzas.some(stanza => stanza.name === 'presence'))
  await t.rejects(a.carrier.open('taken'), { code: 'context-refused', message: /somebody else/ })
  await t.rejects(a.carrier.open('taken'), { code: 'context-refused' }, 'and again')
})

t.test('a listener that starts again hears, though the room still lists it', async t => {
  await heardContext(t, 'again')
  await b.link.stop()
  b = await startRoomHost(network, 'b')
  const { frames } = await heardContext(t, 'again')
  t.ok(frames.every(text => text === frame))
})

t.test('a speaker that starts again takes up its room', async t => {
  const heard = await heardContext(t, 'again')
  await a.link.stop()
  a = await startRoomHost(network, 'a')
  t.equal(await a.carrier.open('again'), heard.context)
  await hearsAgain(heard)
})
