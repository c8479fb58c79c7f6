// Rooms that are not lent: of others, elsewhere, taken, too many; and invitations of any kind and number.
import t from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import type { ContextAddress } from '../../../plugin/ports.js'
import { owner, startOwnedRoom } from './_owned-room.js'

const admin = parseUserAddress('adam@a.example')

t.test('who does not own a room is told the same, whatever the room is', async t => {
  const { a, room, command } = await startOwnedRoom(t)
  await command(`rooms add ${room}`)
  const plain = a.host.rooms.make('plain', [owner])
  const owned = a.host.rooms.make('owned', [owner, a.host.rooms.speaker])
  const rooms = [room, plain, owned, 'nowhere@conference.a.example']
  const verbs = ['add', 'status', 'servers', 'pause', 'resume', 'close']
  const refusals = new Set<string>()
  for (const verb of verbs)
    for (const address of rooms)
      await command(`rooms ${verb} ${address}`, 'eve@a.example').catch((error: unknown) =>
        refusals.add((error as Error).message),
      )
  t.equal(refusals.size, 1)
  const [refusal = ''] = refusals
  t.match(refusal, /Only an owner of the room can do that.*make speaker@p3do\.a\.example an owner/)
  await t.rejects(
    command(`rooms add ${plain}`),
    { message: refusal },
    'also its owner, where the bot is none',
  )
  t.match(await command('rooms list', 'eve@a.example'), /No room of yours is a context/)
})

t.test('what cannot be is refused, and nothing is half done', async t => {
  const { a, room, command } = await startOwnedRoom(t, { admins: [admin] })
  const foreign = a.host.rooms.make('foreign', [owner, a.host.rooms.speaker, 'speaker@p3do.x.example'])
  const [own] = await a.store.loadContexts()
  const mine = `${own?.name ?? ''}@conference.a.example` as ContextAddress
  a.host.rooms.setOwners(mine, [owner, a.host.rooms.speaker])
  const cases: readonly [string, RegExp][] = [
    [`rooms add ops@conference.b.example`, /room of this server/],
    [`rooms add ${foreign}`, /context of another server/],
    [`rooms add ${mine}`, /made for itself/],
    [`rooms status ${room}`, /is no context/],
    [`rooms allow ${room} b.example`, /is no context/],
  ]
  for (const [words, message] of cases) await t.rejects(command(words), { message }, words)
  t.same(await a.store.loadRooms(), [])
  await command(`rooms add ${room}`)
  const later: readonly [string, RegExp][] = [
    [`rooms allow ${room} a.example`, /does not listen there/],
    [`rooms allow ${room} no_domain`, /not a domain/],
    [`rooms pace ${room} quick`, /choose one of/],
    [`rooms pace ${room} fast 24`, /from 25 to 1000/],
    [`rooms pace ${room} fast 1e3`, /from 25 to 1000/],
  ]
  for (const [words, message] of later) await t.rejects(command(words), { message }, words)
  t.match(await command(`rooms allow ${room} z.example`), /can listen once it is/)
  t.match(await command(`rooms servers ${room}`), /z\.example: allowed; not federated/)
  for (let number = 0; number < 7; number++)
    await command(`rooms add ${a.host.rooms.make(`more${String(number)}`, [owner, a.host.rooms.speaker])}`)
  const tooMany = a.host.rooms.make('many', [owner, a.host.rooms.speaker])
  await t.rejects(command(`rooms add ${tooMany}`), { message: /no more can be/ })
  t.match(await a.service.operate(['rooms', 'list']), /ops@.*\n.*more0@/)
  t.match(await command(`rooms close ${room}`, admin), /no context any more/)
})

t.test('an invitation by an owner is enough; of thousands by others few are looked at', async t => {
  const { a, room, pass, until } = await startOwnedRoom(t)
  const count = (name: string) => a.counters.snapshot()[name] ?? 0
  const answers = (user: string) => a.shown.filter(message => message.user === user).map(({ body }) => body)
  const eve = parseUserAddress('eve@a.example')
  for (let number = 0; number < 5000; number++) a.host.rooms.invite({ room, user: eve })
  await pass(1000)
  t.equal(answers(eve).length, 6)
  t.equal(count('room invitations refused'), 6)
  t.equal(count('room invitations dropped'), 4994)
  for (let number = 0; number < 100; number++)
    a.host.rooms.invite({ room, user: parseUserAddress(`u${String(number)}@a.example`) })
  t.equal(count('room invitations dropped'), 4994 + 67, 'one is looked at, and 32 wait')
  await pass(1000)
  t.same(await a.store.loadRooms(), [])
  a.host.rooms.invite({ room, user: parseUserAddress(owner) })
  await until(() => answers(owner).some(body => body.includes('is a context now')))
  t.equal(count('room invitations taken'), 1)
})

t.test('a room that is lost stops alone, says why, and goes on when it is made good', async t => {
  const { a, b, room, command, pass, spoken, until } = await startOwnedRoom(t, { admins: [admin] })
  await command(`rooms add ${room}`)
  await command(`rooms allow ${room} b.example`)
  await pass(3000)
  const alarms = () =>
    a.shown.filter(({ user, body }) => user === admin && body.startsWith('The room')).map(({ body }) => body)
  a.host.rooms.setOwners(room, [owner])
  await pass(1000)
  const before = spoken()
  await pass(3000)
  t.equal(spoken(), before)
  t.match(alarms(), [/ops@conference\.a\.example is no context any more/])
  t.match(
    await command(`rooms status ${room}`, admin),
    /NO CONTEXT NOW: The bot is no owner[^]*does not listen now/,
  )
  await t.rejects(command(`rooms status ${room}`), { message: /Only an owner/ })
  t.ok(a.service.reachable().length === 3, 'nothing else suffers')
  a.host.rooms.setOwners(room, [owner, a.host.rooms.speaker])
  await until(() => spoken() > before)
  await pass(3000)
  t.match(await b.service.operate(['contexts']), room)
  t.match(alarms()[1], /is a context again/)
  a.host.rooms.destroy(room)
  await pass(1000)
  t.match(await command('rooms list', admin), /NO CONTEXT NOW/)
  t.match(await a.service.operate(['rooms', 'close', room]), /no context any more/)
})
