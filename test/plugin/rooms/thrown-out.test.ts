// The speaker is kicked or banned by an owner: nothing is lost that can wait, admins hear of what lasts, and all goes on afterwards.
import t, { type Test } from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { owner, startOwnedRoom } from './_owned-room.js'

const admin = parseUserAddress('adam@a.example')

/** A room that is the only context of a, to which b listens. */
async function onlyRoom(t: Test) {
  const lab = await startOwnedRoom(t, { admins: [admin], contexts: { a: 0 } })
  const { a, b, room, command, elapse, until } = lab
  await command(`rooms add ${room}`)
  await command(`rooms allow ${room} b.example`)
  await until(() => b.service.reachable().includes(a.domain))
  await elapse(b.say('bob@b.example', null, 'help'))
  await elapse(a.learns('bob@b.example'))
  const toldTo = (who: string) =>
    a.shown.flatMap(({ user, body }) => (user === who && body.startsWith('The room') ? [body] : []))
  return {
    ...lab,
    alarms: () => toldTo(admin),
    told: () => toldTo(owner),
    shown: (body: string) => b.shown.filter(message => message.body === body).length,
  }
}

t.test(
  'a speaker that is kicked: what users write waits until it is back, and nobody is alarmed',
  async t => {
    const { a, b, room, elapse, pass, until, spoken, alarms, shown } = await onlyRoom(t)
    a.host.rooms.kick(room)
    const before = spoken()
    await elapse(a.say(owner, 'bob@b.example', 'while it is out'))
    await pass(5000)
    t.equal(spoken(), before, 'nothing is said by who is not there')
    t.equal(shown('while it is out'), 0)
    a.host.rooms.rejoin(room)
    await until(() => shown('while it is out') === 1)
    await until(() => a.service.waiting === 0)
    t.equal(shown('while it is out'), 1)
    t.match(await b.service.operate(['contexts']), room)
    t.same(alarms(), [])
  },
)

t.test(
  'a speaker that is banned: an alarm with the reason, and as it was once it is an owner again',
  async t => {
    const { a, b, room, command, elapse, pass, until, spoken, alarms, told, shown } = await onlyRoom(t)
    a.host.rooms.ban(room)
    await pass(1000)
    const before = spoken()
    await pass(3000)
    t.equal(spoken(), before)
    t.match(alarms(), [/ops@conference\.a\.example is no context any more: The room does not let the bot in/])
    t.same(told(), alarms(), 'its owner is told the same, once')
    t.match(await command(`rooms status ${room}`, admin), /NO CONTEXT NOW: The room does not let the bot in/)
    t.match(await command(`rooms resume ${room}`, admin), /speaks again when it is a context again. Now/)
    await t.rejects(command(`rooms resume ${room}`), { message: /Only an owner.*make speaker@.* an owner/ })
    await a.restart()
    await pass(3000)
    t.equal(spoken(), before, 'also after a restart')
    t.equal(alarms().length, 1, 'of which nobody is told again')
    a.host.rooms.setOwners(room, [owner, a.host.rooms.speaker])
    await until(() => spoken() > before && b.service.reachable().includes(a.domain))
    await elapse(a.say(owner, 'bob@b.example', 'back'))
    await until(() => shown('back') === 1)
    t.match(await command(`rooms status ${room}`), 'b.example: listens', 'who may listen is kept')
    t.equal((await a.store.loadRooms()).length, 1)
  },
)
