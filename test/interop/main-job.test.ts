// The main job on three real servers with stock clients, and what somebody who taps everything sees of it.
import { randomBytes } from 'node:crypto'
import { readMessage } from 'openpgp'
import t from 'tap'
import { parseCertificate } from '../../plugin/openpgp/index.js'
import { createClient, type Client, type Listener } from '../lab/go-sendxmpp.js'
import { startNetwork, type Network } from '../lab/network.js'
import { startPlugins, type Plugins, type Step } from '../lab/plugins.js'
import { framesIn, readTaps, requestsIn, type Tapped } from './_tapped.js'
import { testFolder } from '../_folder.js'

const folder = testFolder(t)
const [question, reply] = [randomBytes(12), randomBytes(12)].map(octets => octets.toString('hex')) as [
  string,
  string,
]
const toBob = 'bob\\40b.example@p3do.a.example'
const toAlice = 'alice\\40a.example@p3do.b.example'
const onions: string[] = []
let network: Network
let plugins: Plugins
let client: Client
let alice: Listener
let bob: Listener
let taps: Tapped[]

t.before(async () => {
  network = await startNetwork({ folder, tap: true })
  plugins = await startPlugins({
    folder,
    servers: network.servers,
    profile: 'fast',
    keyServers: true,
    environment: () => ({ P3DO_PSEUDONYMS_DELAY: '2' }),
  })
  client = await createClient(folder)
  alice = await client.listen(network.users.a)
  bob = await client.listen(network.users.b)
})

t.teardown(async () => {
  await alice.stop()
  await bob.stop()
  await plugins.stop()
  await network.stop()
})

t.test('Alice’s message and Bob’s answer arrive in stock clients', async t => {
  const { a, b } = network.users
  await client.send(b, 'p3do@p3do.b.example', 'help')
  await bob.messages.waitFor(({ text }) => text.includes('P3DO carries your messages'))
  await client.send(a, 'p3do@p3do.a.example', '/route c.example b.example')
  await alice.messages.waitFor(({ text }) => text.includes('c.example, then b.example'))
  await plugins.journey.waitFor(
    ({ event, server, peer }) => event === 'fetched keys' && server === 'a' && peer === 'b.example',
  )
  await client.send(a, toBob, question)
  t.equal((await bob.messages.waitFor(({ text }) => text === question)).from, toAlice)
  await client.send(b, toAlice, reply)
  t.equal((await alice.messages.waitFor(({ text }) => text === reply)).from, toBob)
  // The last onion of the answer goes round once more before everybody has seen it.
  await plugins.journey.waitFor(({ event, server }) => event === 'delivered' && server === 'a')
  taps = readTaps(network)
})

t.test('the route is the chosen one, with an extra hop on the way', async t => {
  const sent = step(({ event, server }) => event === 'spoke' && server === 'a')
  const opened = step(
    ({ event, server, layer }) => event === 'peeled' && server === 'c' && layer === 'forward',
  )
  t.equal(opened['onion'], sent['onion'], 'c opens what a spoke first')
  const added = step(({ event, server }) => event === 'added hop' && server === 'c')
  const spokenInContext = step(({ layer, onion }) => layer === 'speak' && onion === added['as'])
  t.not(spokenInContext.server, 'c', 'the extra hop is another server’s context')
  const delivered = step(
    ({ event, server, layer }) => event === 'peeled' && server === 'b' && layer === 'deliver',
  )
  t.equal(delivered['onion'], added['onion'], 'b opens what c had wrapped')
  onions.push(...[sent['onion'], added['as'], added['onion']].map(String))
})

t.test('each of the three rules is seen at work', async t => {
  const [first = ''] = onions
  const of = (server: string): string[] =>
    plugins.journey.items
      .filter(item => item.server === server && item['onion'] === first)
      .map(({ event }) => event)
  t.ok(of('a').includes('ignored'), 'rule 1: a hears its own onion from others and ignores it')
  t.same(
    ofOnce(of('c'), ['heard', 'peeled', 'spoke']),
    ['heard', 'peeled', 'spoke'],
    'rule 2: c is the owner; it opens it and speaks it again',
  )
  t.same(ofOnce(of('b'), ['heard', 'peeled', 'spoke']), ['heard', 'spoke'], 'rule 3: b only speaks it again')
})

t.test('every cell everywhere has 2,732 characters', async t => {
  const frames = taps.flatMap(({ xml }) => framesIn(xml))
  t.ok(frames.length > 100, `${String(frames.length)} frames were tapped`)
  t.same([...new Set(frames.map(frame => frame.length))], [2732])
  const spoken = taps.filter(isSpoken).flatMap(({ xml }) => framesIn(xml))
  t.equal(new Set(spoken).size, spoken.length, 'and none is spoken twice')
})

t.test('no plaintext and no address of a user passes between servers or through a room', async t => {
  for (const word of [question, reply]) {
    const encoded = Buffer.from(word).toString('base64').replace(/=+$/u, '').slice(0, -1)
    t.equal(taps.filter(({ xml }) => xml.includes(word) || xml.includes(encoded)).length, 0, 'plaintext')
  }
  for (const name of ['alice', 'bob', 'carol']) {
    const address = new RegExp(`${name}(?:@|\\\\40)`, 'iu')
    t.equal(taps.filter(({ xml }) => address.test(xml)).length, 0, name)
  }
})

t.test('no key ID can be read in any cell or request', async t => {
  const requests = taps.flatMap(({ xml }) => requestsIn(xml)).filter(octets => octets.length > 64)
  // Statements are layers without a recipient; certificates are public and say nothing about messages.
  const layers = requests
    .map(octets => (octets[0] === 2 ? octets.subarray(1) : octets))
    .filter(octets => octets[0] === 0xc1)
  t.ok(layers.length > 4)
  for (const layer of layers) t.same([...layer.subarray(0, 5)], [0xc1, 0x4c, 0x06, 0x00, 0x19])
  const [frame = ''] = taps.flatMap(({ xml }) => framesIn(xml)).slice(-1)
  const message = await readMessage({ binaryMessage: Buffer.from(frame, 'base64') })
  t.same(message.getEncryptionKeyIDs(), [], 'a cell has no recipient at all')
})

t.test('no room hears more cells than its clock allows, whatever there is to say', async t => {
  const spoken = taps.filter(isSpoken)
  const rooms = new Set(spoken.map(({ to }) => to))
  t.equal(rooms.size, 3)
  for (const room of rooms) {
    const cells = spoken.filter(({ to }) => to === room)
    const times = cells.map(({ time }) => time)
    const elapsed = Math.max(...times) - Math.min(...times)
    // What waits in a socket may arrive together: two seconds' worth is allowed at the edges of the count.
    t.ok(
      cells.length <= elapsed / 25 + 80,
      `${String(cells.length)} cells in ${String(elapsed)} ms at ${room}`,
    )
  }
})

t.test('what a room carries is a cell and nothing else', async t => {
  for (const { xml } of taps.filter(isSpoken).slice(0, 200)) {
    const shape = xml
      .replace(/<cell xmlns='urn:p3do:0'>[^<]*<\/cell>/u, 'CELL')
      .replace(/ (?:from|to)='[^']*'/gu, '')
      .replace(/<(?:occupant|stanza)-id[^>]*\/>/gu, '')
    t.match(
      shape,
      /^<message[^>]*type='groupchat'[^>]*>CELL<no-store xmlns='urn:xmpp:hints'\/><no-copy xmlns='urn:xmpp:hints'\/><\/message>$/u,
    )
  }
})

t.test('a peer’s user gets a key, and it is known here ahead of need', async t => {
  await client.send(network.users.c, 'p3do@p3do.c.example', 'help')
  await plugins.journey.waitFor(
    ({ event, server, peer }) => event === 'fetched keys' && server === 'a' && peer === 'c.example',
  )
  t.match(await plugins.plugins.a.operate('keys', 'explain', 'carol@c.example'), ': trusted since ')
})

t.test('as a pseudonym Alice writes to Bob, and is answered where she wrote, in stock clients', async t => {
  const { a, b } = network.users
  const bobAsFox = 'bob\\40b.example+fox@p3do.a.example'
  const foxAtBob = 'fox\\40p3do.a.example@p3do.b.example'
  const known = plugins.journey.items.filter(isKeyOfFox).length
  await client.send(a, 'p3do@p3do.a.example', 'pseudonym new fox')
  await alice.messages.waitFor(({ text }) => text.includes('fox@p3do.a.example is ready'))
  await plugins.journey.waitFor(
    item => isKeyOfFox(item) && plugins.journey.items.filter(isKeyOfFox).length > known,
  )
  await client.send(a, bobAsFox, 'hello from the den')
  t.equal((await bob.messages.waitFor(({ text }) => text === 'hello from the den')).from, foxAtBob)
  const acknowledged = plugins.journey.items.filter(isAcknowledgedAtB).length
  await client.send(b, foxAtBob, 'hello fox')
  t.equal((await alice.messages.waitFor(({ text }) => text === 'hello fox')).from, bobAsFox)
  // Else it is said again and again when a server on the way of its acknowledgement dies.
  await plugins.journey.waitFor(
    item => isAcknowledgedAtB(item) && plugins.journey.items.filter(isAcknowledgedAtB).length > acknowledged,
  )
})

t.test('over a dead middle server nothing leaves, and the sender is told', async t => {
  await plugins.plugins.c.kill()
  await plugins.journey.waitFor(
    ({ event, server, peer }) => event === 'misses' && server === 'a' && peer === 'c.example',
    40_000,
  )
  const before = plugins.journey.items.length
  const chat = await client.chat(network.users.a, toBob)
  t.teardown(() => chat.stop())
  chat.say('into the void')
  const error = await chat.stanzas.waitFor(text => text.includes('c.example can not be reached'))
  t.match(error, /type=['"]error['"]/u)
  const left = plugins.journey.items.slice(before).filter(({ event }) => event === 'spoke')
  t.same(left, [], 'no onion was spoken')
})

t.test('the keys of its users are found here all the same, from verified copies', async t => {
  await network.servers.c.stop()
  const { keyServer, operate } = plugins.plugins.a
  const found = await fetch(`${keyServer}/pks/v2/canonical/xmpp:carol@c.example`)
  t.equal(found.status, 200)
  const { fingerprint, userIds } = parseCertificate(Buffer.from(await found.arrayBuffer()))
  t.same(
    userIds.map(({ userId }) => userId),
    ['xmpp:carol@c.example'],
  )
  t.match(await operate('keys', 'explain', 'carol@c.example'), ': trusted since ')
  const armored = await fetch(`${keyServer}/pks/lookup?op=get&options=mr&search=0x${fingerprint.slice(2)}`)
  t.match(await armored.text(), /^-----BEGIN PGP PUBLIC KEY BLOCK-----/)
})

function isKeyOfFox({ event, server, peer }: Step): boolean {
  return event === 'fetched keys' && server === 'b' && peer === 'a.example'
}

function isAcknowledgedAtB({ event, server }: Step): boolean {
  return event === 'acknowledged' && server === 'b'
}

function step(fits: (step: Step) => boolean): Step {
  const found = plugins.journey.items.find(fits)
  if (!found) throw new Error('The journey lacks a step.')
  return found
}

function ofOnce(events: readonly string[], names: readonly string[]): string[] {
  return names.filter(name => events.includes(name))
}

// A room also tells its subject and its settings, once.
function isSpoken({ direction, xml }: Tapped): boolean {
  return direction === 'room' && xml.includes('<cell')
}
