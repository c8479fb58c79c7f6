// The owner of a lent room, who may speak in it whatever the room is set to, wants its server muted, or taken for one that speaks.
import t, { type Test } from 'tap'
import { startOwnedRoom, type OwnedRoom } from '../plugin/rooms/_owned-room.js'

const garbage = Buffer.alloc(2048, 7).toString('base64')

interface LentRoom extends OwnedRoom {
  /** The name under which the speaker is in the room. */
  name(): string
  /** Says something in it under a name, a hundred times in a second. */
  say(name: string, frame?: (time: number) => string): Promise<void>
  count(what: string): number
  /** What b's admins see of a as a speaker. */
  blame(): Promise<string>
}

/** A room that b listens to, in which a cell is worth most when it counts as a fault. */
async function lentRoom(t: Test, contexts: { a?: number } = {}): Promise<LentRoom> {
  const lab = await startOwnedRoom(t, { contexts })
  const { a, b, room, command, pass, until } = lab
  await command(`rooms add ${room}`)
  await command(`rooms pace ${room} default 1000`)
  await command(`rooms allow ${room} b.example`)
  const count = (what: string) => b.counters.snapshot()[what] ?? 0
  const heard = () => b.journey.length
  await until(() => heard() > 0)
  await pass(5000)
  return {
    ...lab,
    name: () => a.host.carrier.voice(room) ?? '',
    count,
    async say(name, frame = () => garbage) {
      for (let time = 0; time < 100; time++) {
        a.host.rooms.say(room, name, frame(time))
        await pass(10)
      }
    },
    blame: async () => /^ *a\.example:.*$/mu.exec(await b.service.operate(['status']))?.[0] ?? '',
  }
}

const faults = (lab: LentRoom) =>
  ['unreadable', 'malformed', 'too fast', 'repeated'].map(fault => lab.count(`faults of speakers: ${fault}`))
const none = [0, 0, 0, 0]

t.test('what he says under a name of his own is dropped unopened, and nobody is blamed for it', async t => {
  const lab = await lentRoom(t)
  const { a, room, say, count, spoken, until } = lab
  const cells: string[] = []
  lab.network.onFrame((context, frame) => {
    if (context === room) cells.push(frame)
  })
  const before = spoken()
  await until(() => spoken() > before + 3)
  a.host.rooms.enter(room, 'olga')
  for (let second = 0; second < 8; second++) await say('olga')
  await say('olga', () => 'no frame')
  // What the speaker said before opens, but it is not said by it.
  await say('olga', time => cells[time % cells.length] ?? '')
  t.same(faults(lab), none)
  t.equal(count('peers muted'), 0)
  t.equal(count('cells of others dropped'), 1000)
  t.equal(count('cells not readable'), 0)
  t.match(await lab.b.service.operate(['contexts']), room)
})

t.test('the name of a speaker that he throws out is his own for ever', async t => {
  const lab = await lentRoom(t)
  const { a, room, name, say, count, pass, spoken } = lab
  const [taken, before] = [name(), count('cells of others dropped')]
  a.host.rooms.enter(room, taken)
  await say(taken)
  t.ok(count('cells of others dropped') >= before + 100, 'while the speaker is out')
  a.host.rooms.rejoin(room)
  t.not(name(), taken)
  await pass(3000)
  const [again, cells] = [count('cover heard'), spoken()]
  await say(taken)
  await pass(5000)
  t.ok(count('cells of others dropped') >= before + 200, 'and when it is back')
  t.same(faults(lab), none)
  t.ok(spoken() > cells && count('cover heard') > again, 'the speaker is heard under its new name')
})

t.test('a server that is down is not taken for one that speaks, by whoever comes under its name', async t => {
  const lab = await lentRoom(t, { a: 0 })
  const { a, b, room, name, say, count, pass } = lab
  const cells: string[] = []
  lab.network.onFrame((context, frame) => {
    if (context === room) cells.push(frame)
  })
  await pass(20_000)
  t.ok(b.service.reachable().includes(a.domain))
  const taken = name()
  await a.service.stop()
  a.host.abandon()
  a.host.rooms.enter(room, taken)
  // The listener sees nothing but who is there when it comes.
  a.host.rooms.rejoinAll(room)
  for (let second = 0; second < 20; second++) await say(taken, time => cells[time % cells.length] ?? '')
  t.same(faults(lab), none)
  t.equal(count('peers muted'), 0)
  t.notOk(b.service.reachable().includes(a.domain))
})

t.test('a listener that comes anew asks who is there, and goes on', async t => {
  const { a, room, count, pass, spoken } = await lentRoom(t)
  await pass(20_000)
  const [before, cells] = [count('cells of others dropped'), spoken()]
  a.host.rooms.rejoinAll(room)
  await pass(20_000)
  const dropped = count('cells of others dropped') - before
  t.ok(spoken() - cells > 15 && dropped > 0 && dropped < 5, `${String(dropped)} cells were dropped`)
})
