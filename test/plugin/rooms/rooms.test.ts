// A room's owner makes a context of it: who listens, how fast it speaks, and back.
import t, { type Test } from 'tap'
import type { ContextAddress } from '../../../plugin/ports.js'
import type { MemoryServer } from '../../_memory-servers.js'
import { owner, startOwnedRoom, type OwnedRoom } from './_owned-room.js'

async function contextsOf(server: MemoryServer): Promise<string> {
  return server.service.operate(['contexts'])
}

async function listens(server: MemoryServer, room: ContextAddress): Promise<boolean> {
  return (await contextsOf(server)).includes(room)
}

/** A room that is a context in which b may listen and does. */
async function lentRoom(t: Test): Promise<OwnedRoom> {
  const lab = await startOwnedRoom(t)
  await lab.command(`rooms add ${lab.room}`)
  await lab.command(`rooms allow ${lab.room} b.example`)
  await lab.pass(3000)
  return lab
}

t.test('a command makes a context of a room, in which cells are spoken and heard by who may', async t => {
  const { a, b, c, room, command, pass, spoken } = await startOwnedRoom(t)
  t.equal(spoken(), 0)
  t.match(await command(`rooms add ${room}`), /is a context now. No server may listen in it yet/)
  await pass(3000)
  t.ok(spoken() > 100, 'cells are spoken at the pace of the server')
  t.notOk(await listens(b, room))
  t.match(await command(`rooms allow ${room} b.example`), /^b\.example may listen/)
  await pass(3000)
  t.ok(await listens(b, room))
  t.notOk(await listens(c, room))
  t.same(await a.host.carrier.admitted(room), [b.host.carrier.listener])
  t.match(await command(`rooms servers ${room}`), 'b.example: listens')
  t.match(
    await command(`rooms status ${room}`),
    /lent since 20.*\nState: speaks \d+\.\d cells\/s\nPace: fast/,
  )
  t.match(await command('rooms list'), /ops@conference\.a\.example: speaks.*servers that may listen: 1/)
})

t.test('what users write is spoken in the room as well, and heard there', async t => {
  const lab = await lentRoom(t)
  const { a, b, c, room, until } = lab
  await lab.elapse(b.say('bob@b.example', null, 'help'))
  await lab.elapse(a.learns('bob@b.example'))
  await lab.elapse(a.say(owner, 'bob@b.example', 'hello'))
  await until(() => b.shown.some(({ body }) => body === 'hello'))
  const heard = (server: MemoryServer) =>
    server.journey.some(({ context, event }) => context === room && event !== 'added hop')
  t.ok(heard(b))
  t.notOk(heard(c))
})

t.test('a server that is refused is thrown out, and has no key of a day that is six hours away', async t => {
  const { a, b, room, command, pass, clock } = await lentRoom(t)
  const label = `context ${room}`
  const keysOf = async () => {
    const stored = (await a.store.loadContexts()).find(({ name }) => name === room)
    const plain = stored ? a.sealer.unseal(label, stored.keys).toString() : '[]'
    return JSON.parse(plain) as { epoch: number; link: string; public: string }[]
  }
  const before = await keysOf()
  t.match(await command(`rooms refuse ${room} b.example`), /thrown out/)
  t.same(await a.host.carrier.admitted(room), [])
  await pass(2000)
  t.notOk(await listens(b, room))
  const after = await keysOf()
  const today = Math.floor(clock.now() / 86_400_000)
  t.same(
    before.map(({ link }, at) => link === after[at]?.link),
    before.map(({ epoch }) => epoch <= today),
    'the key of the day stays, those of later days are others',
  )
  t.same(
    before.map(keys => keys.public),
    after.map(keys => keys.public),
  )
  t.match(await command(`rooms refuse ${room} b.example`), /nothing has changed/)
})

t.test('it is paused, goes on at another pace, and all of it outlives a restart', async t => {
  const { a, b, room, command, pass, spoken, until } = await lentRoom(t)
  t.match(await command(`rooms pause ${room}`), /is paused/)
  await pass(1000)
  const paused = spoken()
  await pass(3000)
  t.equal(spoken(), paused)
  t.notOk(await listens(b, room))
  t.match(await command(`rooms pace ${room} default 200`), 'a cell every 200 ms')
  t.match(await command(`rooms resume ${room}`), /speaks again/)
  await a.restart()
  await until(() => spoken() > paused)
  await pass(5000)
  t.ok(await listens(b, room), 'who may listen is kept')
  const from = spoken()
  await pass(2000)
  t.equal(spoken() - from, 10)
  t.match(await command(`rooms status ${room}`), /Pace: default, a cell every 200 ms/)
  const kept = JSON.stringify(await a.store.loadRooms())
  t.notMatch(kept, 'b.example', 'whom the owner trusts is sealed')
})

t.test('taken back: nothing is spoken or kept, and the room is what it was', async t => {
  const { a, b, room, command, pass, spoken } = await lentRoom(t)
  t.match(await command(`rooms close ${room}`), /is no context any more/)
  const before = spoken()
  await pass(3000)
  t.equal(spoken(), before)
  t.notOk(await listens(b, room))
  t.same(await a.host.carrier.admitted(room), [])
  t.equal(a.host.rooms.released.get(room), `before ${room}`)
  t.same(await a.store.loadRooms(), [])
  t.notOk((await a.store.loadContexts()).some(({ name }) => name === room))
  t.equal(await a.host.rooms.owners(room), null, 'the speaker owns it no more')
  a.host.rooms.setOwners(room, [owner, a.host.rooms.speaker])
  t.match(await command(`rooms add ${room}`), /is a context now/)
})

t.test('a server whose only contexts are lent ones', async t => {
  const lab = await startOwnedRoom(t, { contexts: { a: 0 } })
  const { a, b, room, command, until } = lab
  t.same(a.service.reachable(), ['a.example'], 'who speaks nowhere reaches nobody')
  await command(`rooms add ${room}`)
  await command(`rooms allow ${room} b.example`)
  await until(() => b.service.reachable().includes(a.domain))
  await lab.elapse(b.say('bob@b.example', null, 'help'))
  await lab.elapse(a.learns('bob@b.example'))
  await lab.elapse(a.say(owner, 'bob@b.example', 'over the room alone'))
  await until(() => b.shown.some(({ body }) => body === 'over the room alone'))
})
