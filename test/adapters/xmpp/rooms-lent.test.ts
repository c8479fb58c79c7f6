// The speaker in a room that people own, against a host that says what the test wants: thrown out, banned, taken back.
import t from 'tap'
import type { Test } from 'tap'
import { createRooms } from '../../../adapters/xmpp/rooms.js'
import { systemRandom } from '../../../adapters/random.js'
import type { ContextAddress, UserAddress } from '../../../plugin/ports.js'
import { caughtUp, createRig, settle } from './_rig.js'
import { good, serveRoom, speaker, user, type AskedRoom } from './_scripted-room.js'

const room = 'ops@conference.a.example' as ContextAddress
const owners = ['speaker@p3do.a.example', 'alice@a.example']
  .map(jid => `<item affiliation='owner' jid='${jid}'/>`)
  .join('')

/** A room that is held, whose speaker is in. */
async function held(t: Test) {
  const { link, clock, log, count, online } = await createRig(t)
  const places = { roomService: 'conference.a.example', hostDomain: 'a.example' }
  const carrier = createRooms(link, { ...places, random: systemRandom, clock, log, counters: { count } })
  const stream = await online()
  const asked: AskedRoom = { questions: [], joins: [] }
  const shown = { ...good, lists: { owner: owners }, bans: false }
  void serveRoom(stream, room, shown, asked)
  const changes: { trouble: string | null; people: readonly UserAddress[] }[] = []
  carrier.lent.hold(room, (trouble, people) => changes.push({ trouble: trouble?.message ?? null, people }))
  /** Lets seconds pass, and what is asked be answered. */
  const pass = async (seconds: number, step = 1) => {
    for (let second = 0; second < seconds; second += step) {
      clock.advance(1000 * step)
      await exchange(3)
    }
  }
  const exchange = async (turns = 20) => {
    for (let turn = 0; turn < turns; turn++) await caughtUp(stream).then(settle)
  }
  const inSoon = async () => {
    for (let second = 0; carrier.voice(room) === null && second < 90; second++) await pass(1)
    return carrier.voice(room)
  }
  const throwOut = (code: number) => {
    const [nick, x] = [
      carrier.voice(room) ?? '',
      user(`<item affiliation='none' role='none'/><status code='110'/><status code='${String(code)}'/>`),
    ]
    stream.write(`<presence type='unavailable' from='${room}/${nick}' to='${speaker}'>${x}</presence>`)
    return exchange()
  }
  await inSoon()
  return { carrier, shown, asked, changes, pass, exchange, inSoon, throwOut }
}

t.test('a speaker that is kicked is back within seconds, under a name that nobody knows yet', async t => {
  const { carrier, changes, throwOut, pass, asked } = await held(t)
  const names = new Set([carrier.voice(room)])
  for (const time of [1, 2, 3]) {
    await throwOut(307)
    t.equal(carrier.voice(room), null)
    t.equal(carrier.speak(room, 'frame'), false)
    await pass(12)
    names.add(carrier.voice(room))
    t.equal(names.size, time + 1)
  }
  t.same(new Set(asked.joins), new Set([...names].map(name => `${room}/${name ?? ''}`)))
  t.same(
    changes.map(({ trouble }) => trouble),
    [null, null, null, null],
  )
})

t.test('a speaker that is banned asks ever more rarely, and does not try to come in', async t => {
  const { shown, asked, changes, throwOut, pass, inSoon } = await held(t)
  shown.bans = true
  await throwOut(301)
  const before = asked.questions.length
  await pass(1800, 5)
  t.equal(asked.joins.length, 1)
  const questions = asked.questions.length - before
  t.ok(questions > 10 && questions < 50, `${String(questions)} questions in half an hour`)
  t.match(changes[1], { trouble: /make|Make/, people: ['alice@a.example'] })
  t.equal(new Set(changes.map(({ trouble }) => trouble)).size, 2, 'the same each time')
  shown.bans = false
  t.ok(await inSoon())
  t.same(changes.at(-1), { trouble: null, people: ['alice@a.example'] })
})

t.test('whoever makes it good need not wait', async t => {
  const { carrier, shown, throwOut, pass, exchange } = await held(t)
  shown.bans = true
  await throwOut(301)
  await pass(300, 5)
  shown.bans = false
  await exchange()
  t.equal(carrier.voice(room), null)
  carrier.lent.retry(room)
  await exchange()
  t.ok(carrier.voice(room))
  carrier.lent.retry(room)
  await exchange()
  t.ok(carrier.voice(room), 'and who is in stays in')
})
