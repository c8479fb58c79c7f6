// A visit that begins by a message which the visitor's OX client signed and encrypted to the plugin; the own server is down.
import t from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { generateUserKey, parseCertificate, type UserKey } from '../../../plugin/openpgp/index.js'
import { sealMessage } from '../../../plugin/openpgp/message.js'
import type { UserAddress } from '../../../plugin/ports.js'
import { startMemoryServers, type MemoryServer } from '../../_memory-servers.js'
import { createOxClient } from '../../_ox-client.js'

const lab = await startMemoryServers({ names: ['a', 'b', 'c'], routeLength: 2 })
t.teardown(() => lab.stop())
const [a, b, c] = lab.servers as [MemoryServer, MemoryServer, MemoryServer]
const [alice, bob, guest] = ['alice@a.example', 'bob@b.example', 'guest@c.example'].map(parseUserAddress) as [
  UserAddress,
  UserAddress,
  UserAddress,
]
const other = 'other@c.example'
const desk = 'p3do@p3do.c.example'

const client = createOxClient(a, alice, lab.clock.now())
client.publish()
await client.takeCustody()
await b.say(bob, null, 'help')
await c.learns(alice)
await c.learns(bob)
await b.learns(alice)
await a.service.stop()
const deskKey = parseCertificate((await c.host.keyOf(null)).certificate)

async function ask(text: string, user: string = guest): Promise<string> {
  await c.say(user, null, text)
  return lastFor(user)
}

const lastFor = (user: string): string => c.shown.findLast(message => message.user === user)?.body ?? ''

/** What is asked for now. */
async function begin(user: string = guest): Promise<string> {
  const answer = await ask(`visit begin ${alice}`, user)
  return /^P3DO visit v1\n(?:[a-z]+: \S+\n?){6}/mu.exec(answer)?.[0].trimEnd() ?? ''
}

const message = (text: string, to = desk, at = lab.clock.now()): string =>
  `<signcrypt xmlns='urn:xmpp:openpgp:0'><to jid='${to}'/><time stamp='${new Date(at).toISOString()}'/><rpad>ab</rpad><payload><body xmlns='jabber:client'>${text}</body></payload></signcrypt>`

const seal = (content: string | Buffer, by: UserKey = client.key, to = deskKey): Promise<Buffer> =>
  sealMessage(Buffer.from(content), by, to, lab.clock.now())

const send = (sealed: Buffer, user: string = guest): Promise<void> =>
  c.host.say({ user: parseUserAddress(user), contact: null, body: 'This message is encrypted.', sealed })

const refusal = (sealed: Buffer, user: string = guest): Promise<string> =>
  send(sealed, user).then(
    () => 'It was not refused.',
    (error: unknown) => (error instanceof Error ? error.message : ''),
  )

t.test(
  'the signed and encrypted message begins the visit, and other servers take what is sent under it',
  async t => {
    t.match(await ask(`visit begin ${alice}`), /With a client that .* \(OX\): send the lines here/)
    await send(await seal(message(await begin())))
    t.match(lastFor(guest), /^You visit as alice@a\.example, until 20/)
    const key = parseCertificate((await c.host.keyOf(bob)).certificate)
    const content = message('from elsewhere', bob)
    await c.host.say({
      user: guest,
      contact: bob,
      body: 'encrypted',
      sealed: await seal(content, client.key, key),
    })
    t.match(await ask('delivery'), 'bob@b.example: ', 'the account sees what waits')
    await lab.until(() => b.shown.some(({ contact, body }) => contact === alice && body === 'from elsewhere'))
    await ask('visit end')
  },
)

t.test('it is taken once, from the account that was asked, for what was asked last', async t => {
  const first = await seal(message(await begin()))
  t.match(await refusal(first, other), /^P3DO takes commands without encryption.*Nothing is to be signed/)
  const second = await seal(message(await begin()))
  t.match(await refusal(first), /^Signed text: other lines are signed/, 'an earlier challenge')
  const [one, same] = await Promise.all([refusal(second), refusal(second)])
  t.match([one, same].sort(), ['It was not refused.', /^Signed text: this was signed and taken already/])
  t.match(await refusal(second), /Nothing is to be signed now/, 'a replay')
  await ask('visit end')
  t.match(await refusal(second), /Nothing is to be signed now/, 'a replay after the end')
  await begin()
  t.match(await refusal(second), /^Signed text: other lines are signed/, 'a replay at the next time')
})

t.test('each wrong message is refused with its reason, and the right one is taken after that', async t => {
  const text = await begin()
  const now = lab.clock.now()
  const mallory = generateUserKey(alice, now)
  const otherDesk = generateUserKey(parseUserAddress(desk), now).certificate
  const [sealed, nested] = [await seal(message(text)), await seal(await seal(message(text)))]
  const cases: readonly (readonly [string, Buffer, RegExp])[] = [
    ['another key', await seal(message(text), mallory), /it is not signed by the key that is asked for/],
    ['for another key', await seal(message(text), client.key, otherDesk), /encrypted to another key/],
    ['no message', Buffer.from('hello'), /does not open, or is not signed by one key/],
    ['a changed message', changed(sealed), /does not open/],
    ['a message in a message', nested, /no OX message with a text/],
    ['the lines without a message', await seal(text), /no OX message with a text/],
    ['no UTF-8', await seal(Buffer.of(0xff, 0xfe)), /no OX message with a text/],
    ['another text', await seal(message('visit me')), /other lines are signed/],
    ['more text', await seal(message(`${text} and more`)), /other lines are signed/],
    [
      'letters in another way of writing',
      await seal(message(text.replace('P', '&#80;'))),
      /other lines are signed/,
    ],
    ['for another server', await seal(message(text, 'p3do@p3do.b.example')), /signed for another address/],
    ['for another user here', await seal(message(text, 'bob@p3do.c.example')), /signed for another address/],
    ['for the server itself', await seal(message(text, 'c.example')), /signed for another address/],
    ['an old time', await seal(message(text, desk, now - 660_000)), /not of this hour/],
    ['a time to come', await seal(message(text, desk, now + 4_260_000)), /not of this hour/],
    [
      'too much around',
      await seal(message(text).replace('ab', 'x'.repeat(600))),
      /too long to go with each message/,
    ],
    ['too long', await seal(message(text.repeat(60))), /the message is too long/],
    ['far too long', Buffer.alloc(16_385), /the message is too long/],
  ]
  for (const [name, given, reason] of cases) {
    const words = await refusal(given)
    t.match(words, /^Signed text: /, name)
    t.match(words, reason, name)
  }
  t.match(await ask('visit'), /Nobody visits with this account/)
  await send(sealed)
  t.match(lastFor(guest), /^You visit as alice@a\.example/)
  await ask('visit end')
})

t.test('after five wrong signatures a new challenge is needed', async t => {
  const text = await begin()
  const wrong = await seal(message(text), generateUserKey(alice, lab.clock.now()))
  for (let tries = 0; tries < 5; tries++) t.match(await refusal(wrong), /it is not signed by the key/)
  t.match(await refusal(await seal(message(text))), /Nothing is to be signed now/)
})

function changed(sealed: Buffer): Buffer {
  const octets = Buffer.from(sealed)
  const at = octets.length - 30
  octets[at] = (octets[at] ?? 0) ^ 1
  return octets
}
