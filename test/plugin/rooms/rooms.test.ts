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
  t.match(await command('rooms list'), /ops@conference\.a\.example: speaks.*1 servers may listen/)
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
