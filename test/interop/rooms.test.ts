// Owners of rooms on real hosts lend them as contexts with a stock client: on a Prosody that lets users alone make rooms, and on ejabberd.
import { join } from 'node:path'
import t from 'tap'
import { testFolder } from '../_folder.js'
import { until } from '../_until.js'
import { startNetwork, type Network, type ServerName } from '../lab/network.js'
import { startPlugins, type Plugins, type Step } from '../lab/plugins.js'
import { startDevice, type Device } from '../lab/slixmpp-chat.js'
import {
  affiliates,
  comeIn,
  inviteByRoom,
  inviteDirectly,
  leaveRoom,
  makeRoom,
  sayCell,
  setAffiliation,
  speakerOf,
  throwOut,
} from '../lab/slixmpp-rooms.js'
import { untilAnswered } from './_answers.js'

// Registered before the folder is made, so that it comes before the folder is removed.
t.teardown(async () => {
  for (const device of devices) await device.stop()
  await plugins.stop()
  await network.stop()
})

const folder = testFolder(t)
const opsAtA = 'ops@conference.a.example'
const opsAtB = 'ops@conference.b.example'
const speakerAtA = 'speaker@p3do.a.example'
const speakerAtB = 'speaker@p3do.b.example'
let network: Network
let plugins: Plugins
const devices: Device[] = []
let alice: Device
let bob: Device
let carol: Device

t.before(async () => {
  network = await startNetwork({ folder, ejabberd: ['b'], restricted: ['a'] })
  plugins = await startPlugins({
    folder,
    servers: network.servers,
    profile: 'default',
    silent: ['a'],
    // Rooms that the plugin makes for itself are refused there.
    environment: (name): Record<string, string> => (name === 'a' ? { P3DO_MOR_CONTEXTS: '0' } : {}),
  })
  const logIn = (name: ServerName) => startDevice(join(folder, 'slixmpp'), network.users[name], 'phone')
  ;[alice, bob, carol] = await Promise.all([logIn('a'), logIn('b'), logIn('c')])
  devices.push(alice, bob, carol)
})

/** What the plugin says to a user next. */
async function answer(device: Device, words: RegExp): Promise<string> {
  return device.stanzas.waitFor(text => text.startsWith('<message') && words.test(text))
}

/** Gives a command in chat, and waits for the answer. */
async function command(device: Device, server: string, words: string, expected: RegExp): Promise<string> {
  const { items, waitFor } = device.stanzas
  const before = items.length
  device.send(`<message to='p3do@p3do.${server}' type='chat'><body>${words}</body></message>`)
  return waitFor(
    text => text.startsWith('<message') && expected.test(text) && items.lastIndexOf(text) >= before,
  )
}

const heardIn = (server: ServerName, room: string) => (step: Step) =>
  step.server === server && step['context'] === room && ['heard', 'ignored'].includes(step.event)

/** What a room shows of its settings. */
async function settingsOf(device: Device, room: string): Promise<string[]> {
  const info = await device.ask('get', room, `<query xmlns='http://jabber.org/protocol/disco#info'/>`)
  return [...info.matchAll(/"(muc_[a-z]+)"/g)].map(([, feature]) => feature ?? '').sort()
}

const before = new Map<string, string[]>()

t.test('an invitation is answered with what to do, and makes a context once that is done', async t => {
  await makeRoom(alice, opsAtA)
  before.set(opsAtA, await settingsOf(alice, opsAtA))
  leaveRoom(alice, opsAtA)
  inviteDirectly(alice, opsAtA, speakerAtA)
  t.match(await answer(alice, /make speaker@p3do\.a\.example an owner/), /write it again/)
  await setAffiliation(alice, opsAtA, speakerAtA, 'owner')
  inviteDirectly(alice, opsAtA, speakerAtA)
  await answer(alice, /ops@conference\.a\.example is a context now/)
  const wanted = ['muc_hidden', 'muc_membersonly', 'muc_moderated', 'muc_persistent', 'muc_semianonymous']
  const shown = await settingsOf(alice, opsAtA)
  t.same(
    wanted.filter(feature => !shown.includes(feature)),
    [],
  )
})

t.test(
  'a server that the owner allows hears what is said there; another one, countersigned as well, does not',
  async t => {
    await command(alice, 'a.example', `rooms allow ${opsAtA} b.example`, /b\.example may listen in/)
    await plugins.journey.waitFor(
      ({ event, server, peer }) => event === 'hears' && server === 'b' && peer === 'a.example',
    )
    await command(bob, 'b.example', 'help', /P3DO carries your messages/)
    await plugins.journey.waitFor(
      ({ event, server, peer }) => event === 'fetched keys' && server === 'a' && peer === 'b.example',
    )
    alice.send(
      `<message to='bob\\40b.example@p3do.a.example' type='chat'><body>over a lent room</body></message>`,
    )
    t.match(await answer(bob, /over a lent room/), 'alice\\40a.example@p3do.b.example')
    await plugins.journey.waitFor(heardIn('b', opsAtA))
    t.notOk(plugins.journey.items.some(heardIn('c', opsAtA)))
    t.notMatch(await plugins.plugins.c.operate('contexts'), opsAtA)
    carol.send(`<presence to='${opsAtA}/carol'><x xmlns='http://jabber.org/protocol/muc'/></presence>`)
    await carol.stanzas.waitFor(text => text.includes('registration-required'))
    await command(
      alice,
      'a.example',
      `rooms status ${opsAtA}`,
      /speaks \d\.\d cells\/s[^]*b\.example: listens/,
    )
  },
)

t.test('on ejabberd, by an invitation of the room', async t => {
  await makeRoom(bob, opsAtB)
  before.set(opsAtB, await settingsOf(bob, opsAtB))
  await setAffiliation(bob, opsAtB, speakerAtB, 'owner')
  inviteByRoom(bob, opsAtB, speakerAtB)
  await answer(bob, /ops@conference\.b\.example is a context now/)
  leaveRoom(bob, opsAtB)
  await command(bob, 'b.example', `rooms allow ${opsAtB} a.example`, /a\.example may listen in/)
  await plugins.journey.waitFor(heardIn('b', opsAtA))
  bob.send(
    `<message to='alice\\40a.example@p3do.b.example' type='chat'><body>back over both</body></message>`,
  )
  await answer(alice, /back over both/)
  await plugins.journey.waitFor(heardIn('a', opsAtB))
  t.notMatch(await plugins.plugins.c.operate('contexts'), opsAtB)
})

/** Both rooms, each with its owner and the server that listens there. */
const sides = () =>
  [
    { device: alice, server: 'a', listener: 'b', room: opsAtA, speaker: speakerAtA },
    { device: bob, server: 'b', listener: 'a', room: opsAtB, speaker: speakerAtB },
  ] as const
type Side = ReturnType<typeof sides>[number]

const told = ({ device, server }: Side, words: string, expected: RegExp): Promise<string> =>
  command(device, `${server}.example`, words, expected)

/** Until the owner of the room reads that the other server listens. */
const untilListens = (side: Side, expected: RegExp): Promise<void> =>
  until('the listener', async () =>
    (await told(side, `rooms servers ${side.room}`, expected)).includes('.example: listens'),
  )

async function listensAgain({ listener, room }: Side, wanted = true): Promise<void> {
  await untilAnswered(plugins.plugins[listener], ['contexts'], answer => answer.includes(room) === wanted)
}

/** Whatever is said in a room, at most as fast as hosts take it from a client. */
async function sayGarbage({ device, room }: Side): Promise<void> {
  for (let time = 0; time < 30; time++) sayCell(device, room, 'garbage')
  await device.ask('get', room, `<query xmlns='http://jabber.org/protocol/disco#info'/>`)
}

t.test(
  'what an owner says there is no fault of the server, also under the name of a speaker that he throws out',
  async t => {
    for (const side of sides()) {
      const { device, room, speaker, listener, server } = side
      await comeIn(device, room, 'loud')
      const name = await speakerOf(device, room, speaker)
      await sayGarbage(side)
      // ejabberd lets nobody kick an owner: there the speaker is made none first.
      if (server === 'a') await throwOut(device, room, name)
      else await setAffiliation(device, room, speaker, 'none')
      await comeIn(device, room, name)
      if (server === 'b') await setAffiliation(device, room, speaker, 'owner')
      await sayGarbage(side)
      t.not(await speakerOf(device, room, speaker, name), name, 'it is back')
      await untilListens(side, /example: /)
      const status = await plugins.plugins[listener].operate('status')
      t.match(status, `${server}.example: `)
      t.notMatch(status, /faults worth/)
      if (server === 'a') t.notOk(device.stanzas.items.some(text => text.includes('is no context any more')))
    }
    // Over a's only context, and b's lent one.
    const steps = plugins.journey.items.length
    alice.send(`<message to='bob\\40b.example@p3do.a.example' type='chat'><body>after that</body></message>`)
    await answer(bob, /after that/)
    const isNew = (server: ServerName, room: string) => (step: Step) =>
      heardIn(server, room)(step) && plugins.journey.items.indexOf(step) >= steps
    await plugins.journey.waitFor(isNew('b', opsAtA))
    await plugins.journey.waitFor(isNew('a', opsAtB))
  },
)

t.test('another pace, a pause, and on again', async t => {
  const cells = ({ device, room }: Side) =>
    device.stanzas.items.filter(text => text.includes('urn:p3do:0') && text.includes(`from="${room}/`)).length
  await Promise.all(
    sides().map(async side => {
      const { device, room, listener } = side
      await told(side, `rooms pace ${room} paranoid`, /speaks at the pace paranoid, a cell every 250 ms/)
      await told(side, `rooms pace ${room} default 200`, /speaks at the pace default, a cell every 200 ms/)
      await told(side, `rooms pause ${room}`, /is paused: nothing is spoken in it/)
      await listensAgain(side, false)
      const before = cells(side)
      await told(
        side,
        `rooms status ${room}`,
        new RegExp(`State: paused\nPace: default, a cell every 200 ms[^]*${listener}.example: allowed`),
      )
      t.equal(cells(side), before, 'nothing is said meanwhile')
      await told(side, `rooms resume ${room}`, /speaks again/)
      await device.stanzas.waitFor(() => cells(side) > before + 3)
      await listensAgain(side)
    }),
  )
})

t.test('a speaker that is banned: its owner is told once, and it goes on when he makes it good', async t => {
  await Promise.all(
    sides().map(async side => {
      const { device, room, speaker } = side
      const alarm = `The room ${room} is no context any more: `
      const alarms = () => device.stanzas.items.filter(text => text.includes(alarm)).length
      const before = alarms()
      await setAffiliation(device, room, speaker, 'outcast')
      await device.stanzas.waitFor(() => alarms() > before)
      await listensAgain(side, false)
      await told(side, `rooms pause ${room}`, /make speaker@p3do\.[ab]\.example an owner/)
      await setAffiliation(device, room, speaker, 'owner')
      await told(side, `rooms add ${room}`, /is a context (?:again|already); see/)
      await listensAgain(side)
      t.equal(alarms(), before + 1)
      await untilListens(side, /listen/)
      leaveRoom(device, room)
    }),
  )
})

t.test('who owns no room learns nothing of it', async t => {
  const [one, other] = [
    await command(carol, 'c.example', 'rooms status ops@conference.c.example', /Only an owner/),
    await command(carol, 'c.example', 'rooms add ops@conference.a.example', /rooms elsewhere/),
  ]
  t.ok(one && other)
})

t.test('a speaker that is no owner any more: an alarm, and on again when it is made one', async t => {
  await setAffiliation(alice, opsAtA, speakerAtA, 'none')
  await untilAnswered(plugins.plugins.a, ['rooms', 'list'], answer => answer.includes('NO CONTEXT NOW'))
  await setAffiliation(alice, opsAtA, speakerAtA, 'owner')
  // Which it finds out by itself, within a minute.
  await command(alice, 'a.example', `rooms add ${opsAtA}`, /is a context (?:again|already); see/)
  await untilAnswered(plugins.plugins.a, ['rooms', 'list'], answer => answer.includes('speaks'))
  await untilAnswered(plugins.plugins.b, ['contexts'], answer => answer.includes(opsAtA))
  t.pass('it speaks again, and is listened to')
})

t.test('a server that is refused is thrown out, and the room becomes what it was', async t => {
  await command(alice, 'a.example', `rooms refuse ${opsAtA} b.example`, /may not listen in/)
  await untilAnswered(plugins.plugins.b, ['contexts'], answer => !answer.includes(opsAtA))
  t.notMatch(await affiliates(alice, opsAtA, 'member'), 'listener@p3do.b.example')
  for (const [device, domain, room] of [
    [alice, 'a.example', opsAtA],
    [bob, 'b.example', opsAtB],
  ] as const) {
    await command(device, domain, `rooms close ${room}`, new RegExp(`${room} is no context any more`))
    t.notMatch(await affiliates(device, room, 'owner'), 'speaker@')
    t.notMatch(await affiliates(device, room, 'member'), 'listener@')
    t.same(await settingsOf(device, room), before.get(room))
  }
})
