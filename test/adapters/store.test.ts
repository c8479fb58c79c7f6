// One suite for every store: what the plugin keeps comes back, and a replay is told.
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openStore } from '../../adapters/database/index.js'
import { createMemoryStore } from '../../adapters/memory/index.js'
import { parseDomain, parseUserAddress } from '../../plugin/addresses.js'
import { parseFingerprint } from '../../plugin/fingerprint.js'
import type {
  Fingerprint,
  KeySighting,
  PeerAddress,
  RingEntry,
  Store,
  Suspension,
  X509Entry,
} from '../../plugin/ports.js'
import { testFolder } from '../_folder.js'

const alice = parseUserAddress('alice@a.example')
const bob = parseUserAddress('bob@a.example')
const [a, b, c] = [parseDomain('a.example'), parseDomain('b.example'), parseDomain('c.example')]
const key = (number: number) => Buffer.alloc(16, number)

function entry(subject: string, changed: number, fields: Partial<RingEntry> = {}): RingEntry {
  return {
    kind: 'user',
    subject,
    domain: a,
    fingerprint: parseFingerprint(`04${'ab'.repeat(20)}`),
    certificate: Buffer.from([0, 255, changed]),
    changed,
    ...fields,
  }
}

const stores: Record<string, (t: Test) => Promise<Store>> = {
  memory: async () => createMemoryStore(),
  database: async t => {
    const store = await openStore(join(testFolder(t), 'data'))
    t.teardown(() => store.close())
    return store
  },
}

for (const [name, openOne] of Object.entries(stores)) {
  const test = (behaviour: string, run: (store: Store, t: Test) => Promise<void>) =>
    t.test(`${name}: ${behaviour}`, async t => run(await openOne(t), t))

  test('seen hashes come back until they expire', async (store, t) => {
    await store.addSeen([])
    await store.addSeen([
      { hash: key(1), expires: 100 },
      { hash: key(2), expires: 200 },
    ])
    t.strictSame(
      (await store.loadSeen(99)).sort((one, other) => one.compare(other)),
      [key(1), key(2)],
    )
    t.strictSame(await store.loadSeen(100), [key(2)])
  })

  test('seen hashes come in pages, in the order of their octets', async (store, t) => {
    await store.addSeen(
      [9, 3, 200, 7, 128].map(value => ({ hash: key(value), expires: value === 7 ? 5 : 100 })),
    )
    t.strictSame(await store.loadSeen(5, undefined, 2), [key(3), key(9)])
    t.strictSame(await store.loadSeen(5, key(9), 2), [key(128), key(200)])
    t.strictSame(await store.loadSeen(5, key(200), 2), [])
  })

  test('a hash seen again lives as long as the last time said', async (store, t) => {
    await store.addSeen([
      { hash: key(1), expires: 100 },
      { hash: key(1), expires: 200 },
    ])
    t.equal((await store.loadSeen(150)).length, 1)
    await store.addSeen([{ hash: key(1), expires: 300 }])
    t.equal((await store.loadSeen(250)).length, 1)
  })

  test('a secret opened twice is a replay', async (store, t) => {
    t.equal(await store.addOpened(key(1), 100), true)
    t.equal(await store.addOpened(key(2), 100), true)
    t.equal(await store.addOpened(key(1), 900), false)
  })

  test('of the same secret opened many times at once exactly one is first', async (store, t) => {
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, index) => store.addOpened(key(index % 3), 100)),
    )
    t.equal(answers.filter(Boolean).length, 3)
    t.strictSame(answers.slice(0, 3), [true, true, true])
  })

  test('messages on their way out come back in their order, and conversations go on counting', async (store, t) => {
    const at = (sequence: number) => ({ conversation: key(9), sequence, accepted: 100 + sequence })
    t.equal(await store.loadConversation(key(1)), null)
    await Promise.all(
      [2, 0, 1].map(sequence => store.addOutgoing(key(1), { ...at(sequence), sealed: key(sequence) })),
    )
    await store.addOutgoing(key(1), { ...at(3), sealed: key(3) })
    t.match(await store.loadConversation(key(1)), { conversation: key(9), next: 4 })
    t.strictSame(await store.listOutgoing(), [0, 1, 2, 3].map(at))
    t.strictSame(await store.loadOutgoing(key(9), 2), key(2))
    await store.replaceOutgoing(key(9), 2, key(22))
    t.strictSame(await store.loadOutgoing(key(9), 2), key(22))
    await store.removeOutgoing(key(9), 2)
    t.equal(await store.loadOutgoing(key(9), 2), null)
    t.equal(await store.loadOutgoing(key(8), 1), null)
    t.strictSame(await store.listOutgoing(), [0, 1, 3].map(at))
    t.match(await store.loadConversation(key(1)), { next: 4 }, 'numbers are never given again')
  })

  test('parts of messages that come in are kept once, and forgotten when they are shown', async (store, t) => {
    const part = (name: number, sequence: number, number: number, parts = 2) => {
      return { name: key(name), sequence, part: number, parts, arrived: 7, sealed: key(sequence + number) }
    }
    const all = [part(1, 5, 0), part(1, 5, 1), part(1, 6, 1), part(2, 5, 0)]
    await Promise.all([...all].reverse().map(one => store.addPart(one)))
    await store.addPart({ ...part(1, 5, 0), sealed: key(99) })
    t.strictSame(await store.listParts(key(1), 0), all.slice(0, 3))
    t.strictSame(await store.listParts(key(1), 6), all.slice(2, 3))
    await store.addPart(part(1, 5, 0, 3))
    t.equal((await store.listParts(key(1), 5)).length, 4, 'cut anew, it is another one')
    await store.removeParts(key(1), 6)
    t.strictSame(await store.listParts(key(1), 0), all.slice(2, 3))
    t.strictSame(
      (await store.listIncoming()).sort((one, other) => one.compare(other)),
      [key(1), key(2)],
    )
  })

  test('where a conversation is that comes in', async (store, t) => {
    t.equal(await store.loadIncoming(key(1)), null)
    await store.saveIncoming(key(1), { next: 3, showing: true, unshown: [] })
    t.strictSame(await store.loadIncoming(key(1)), { next: 3, showing: true, unshown: [] })
    await store.saveIncoming(key(1), {
      next: 4,
      showing: false,
      unshown: [{ sequence: 3, outcome: 'refused' }],
    })
    t.strictSame(await store.loadIncoming(key(1)), {
      next: 4,
      showing: false,
      unshown: [{ sequence: 3, outcome: 'refused' }],
    })
  })

  test('conversations are forgotten, but not what waits to go out and what was shown', async (store, t) => {
    const outgoing = { conversation: key(9), sequence: 0, accepted: 100 }
    await store.addOutgoing(key(1), { ...outgoing, sealed: key(3) })
    await store.saveIncoming(key(2), { next: 3, showing: true, unshown: [] })
    await store.addPart({ name: key(2), sequence: 3, part: 0, parts: 1, arrived: 7, sealed: key(4) })
    await store.forgetConversations()
    t.equal(await store.loadConversation(key(1)), null)
    t.strictSame(await store.listParts(key(2), 0), [])
    t.strictSame(await store.listOutgoing(), [outgoing])
    t.strictSame(await store.loadOutgoing(key(9), 0), key(3))
    t.strictSame(await store.loadIncoming(key(2)), { next: 3, showing: true, unshown: [] })
  })

  test('conversations that came in for visitors are replaced by name, and removed', async (store, t) => {
    await store.saveVisited({ name: key(1), sealed: key(2) })
    await store.saveVisited({ name: key(3), sealed: key(4) })
    await store.saveVisited({ name: key(1), sealed: key(5) })
    await store.removeVisited(key(3))
    await store.removeVisited(key(3))
    t.strictSame(await store.listVisited(), [{ name: key(1), sealed: key(5) }])
  })

  test('what has expired is forgotten, and nothing else', async (store, t) => {
    await store.addSeen([
      { hash: key(1), expires: 100 },
      { hash: key(2), expires: 101 },
    ])
    await store.addOpened(key(3), 100)
    await store.addOpened(key(4), 101)
    await store.expire(100)
    t.strictSame(await store.loadSeen(0), [key(2)])
    t.equal(await store.addOpened(key(3), 500), true)
    t.equal(await store.addOpened(key(4), 500), false)
  })

  test('contexts come back with their keys, the latest ones', async (store, t) => {
    await store.saveContext({ name: 'one', group: 'main', keys: key(1) })
    await store.saveContext({ name: 'two', group: 'main', keys: key(2) })
    await store.saveContext({ name: 'one', group: 'other', keys: key(3) })
    t.strictSame(await store.loadContexts(), [
      { name: 'one', group: 'other', keys: key(3) },
      { name: 'two', group: 'main', keys: key(2) },
    ])
  })

  test('the ring finds by kind and subject, and replaces', async (store, t) => {
    await store.put(entry('alice@a.example', 1))
    await store.put(entry('a.example', 2, { kind: 'server' }))
    await store.put(entry('alice@a.example', 3))
    t.strictSame(await store.find('user', 'alice@a.example'), entry('alice@a.example', 3))
    t.strictSame(await store.find('server', 'a.example'), entry('a.example', 2, { kind: 'server' }))
    t.equal(await store.find('server', 'alice@a.example'), null)
  })

  test('the ring lists one kind by time of change, of one domain or of all', async (store, t) => {
    for (const [subject, changed, domain] of [
      ['x', 30, a],
      ['y', 10, b],
      ['z', 20, a],
    ] as const) {
      await store.put(entry(subject, changed, { domain }))
    }
    await store.put(entry('a.example', 40, { kind: 'server' }))
    const subjects = async (...query: Parameters<Store['list']>) =>
      (await store.list(...query)).map(found => found.subject)
    t.strictSame(await subjects('user', null, 0), ['y', 'z', 'x'])
    t.strictSame(await subjects('user', a, 0), ['z', 'x'])
    t.strictSame(await subjects('user', null, 20), ['x'])
    t.strictSame(await subjects('user', null, 0, 2), ['y', 'z'])
    t.strictSame(await subjects('user', a, 0, 1), ['z'])
  })

  test('the ring says which fingerprints changed in a span of time', async (store, t) => {
    const fingerprints = ['ab', 'cd', 'ef'].map(octet => parseFingerprint(`04${octet.repeat(20)}`))
    for (const [index, fingerprint] of fingerprints.entries())
      await store.put(entry(`${index}@a.example`, 300 - 100 * index, { fingerprint }))
    t.strictSame(await store.changedBetween(100, 300, 9), [fingerprints[2], fingerprints[1]])
    t.strictSame(await store.changedBetween(0, 1000, 2), [fingerprints[2], fingerprints[1]])
    t.strictSame(await store.changedBetween(301, 1000, 9), [])
  })

  test('the ring finds by the ID of any key that a certificate has now', async (store, t) => {
    const subjects = async (keyId: string) => (await store.withKey(keyId)).map(({ subject }) => subject)
    await store.put(entry('x', 1), ['1'.repeat(16), '2'.repeat(16)])
    await store.put(entry('y', 2), ['2'.repeat(16), '2'.repeat(16)])
    t.strictSame((await subjects('2'.repeat(16))).sort(), ['x', 'y'])
    await store.put(entry('x', 3), ['3'.repeat(16)])
    t.strictSame(await subjects('1'.repeat(16)), [])
    t.strictSame(await store.withKey('3'.repeat(16)), [entry('x', 3)])
    await store.put(entry('z', 4))
    t.strictSame(await subjects('ab'.repeat(8)), ['z'])
  })

  test('a hosted key comes back, the latest one', async (store, t) => {
    t.equal(await store.loadHostedKey(alice), null)
    await store.saveHostedKey(alice, key(1))
    await store.saveHostedKey(alice, key(2))
    t.strictSame(await store.loadHostedKey(alice), key(2))
  })

  test('a route comes back until it is taken back', async (store, t) => {
    t.equal(await store.loadRoute(alice, b), null)
    await store.saveRoute(alice, b, [c, b])
    await store.saveRoute(alice, b, [a, c, b])
    await store.saveRoute(alice, c, [b, c])
    t.strictSame(await store.loadRoute(alice, b), [a, c, b])
    await store.saveRoute(alice, b, null)
    t.equal(await store.loadRoute(alice, b), null)
    t.strictSame(await store.loadRoute(alice, c), [b, c])
    await store.saveRoute(bob, c, [b, c])
    await store.removeRoutes(alice)
    t.equal(await store.loadRoute(alice, c), null)
    t.strictSame(await store.loadRoute(bob, c), [b, c])
  })

  test('what was seen in DNS comes back, the latest', async (store, t) => {
    t.equal(await store.loadDnsSeen(b), null)
    await store.saveDnsSeen(b, { secured: false, number: 7 })
    await store.saveDnsSeen(b, { secured: true, number: 202_611_260_905_999 })
    t.strictSame(await store.loadDnsSeen(b), { secured: true, number: 202_611_260_905_999 })
    t.equal(await store.loadDnsSeen(c), null)
  })

  test('the peers come back, each as it was saved last', async (store, t) => {
    const added = { domain: b, fingerprint: null, origin: 'added', since: 1 } as const
    await store.savePeer(added)
    await store.savePeer({ ...added, domain: a, fingerprint: parseFingerprint(`04${'ab'.repeat(20)}`) })
    await store.savePeer({ ...added, origin: 'removed', since: 1_800_000_000_000 })
    const peers = (await store.loadPeers()).sort((one, other) => (one.domain < other.domain ? -1 : 1))
    t.strictSame(peers, [
      { ...added, domain: a, fingerprint: `04${'ab'.repeat(20)}` },
      { ...added, origin: 'removed', since: 1_800_000_000_000 },
    ])
  })

  test('a suspension comes back as it was saved last, until it is removed', async (store, t) => {
    const [known, shown] = ['ab', 'cd'].map(digits => parseFingerprint(`04${digits.repeat(20)}`)) as [
      Fingerprint,
      Fingerprint,
    ]
    const times = { since: 1_800_000_000_000, seen: 1_800_000_000_001, seenFor: 1 }
    const place = 'p3do.b.example' as PeerAddress
    const first: Suspension = { domain: b, known, shown, place, ...times, allowed: null, told: false }
    await store.saveSuspension(first)
    await store.saveSuspension({ ...first, domain: c })
    await store.saveSuspension({ ...first, allowed: 'approved', told: true })
    const kept = (await store.loadSuspensions()).sort((one, other) => (one.domain < other.domain ? -1 : 1))
    t.strictSame(kept, [
      { ...first, allowed: 'approved', told: true },
      { ...first, domain: c },
    ])
    await store.removeSuspension(b)
    t.strictSame(await store.loadSuspensions(), [{ ...first, domain: c }])
  })

  test('what servers say of a key comes back as they said it last, until it is removed', async (store, t) => {
    const fingerprint = parseFingerprint(`04${'cd'.repeat(20)}`)
    const times = {
      since: 1_800_000_000_000,
      seen: 1_800_000_000_001,
      heardSince: 1_800_000_000_002,
      heard: 3,
    }
    const first: KeySighting = { domain: b, witness: a, fingerprint, ...times }
    await store.saveSighting(first)
    await store.saveSighting({ ...first, witness: c })
    await store.saveSighting({ ...first, heard: 4 })
    t.strictSame(await store.sightingsOf(b), [
      { ...first, heard: 4 },
      { ...first, witness: c },
    ])
    await store.removeSightings(b)
    t.strictSame(await store.sightingsOf(b), [])
  })

  test('visits are replaced by name, and removed', async (store, t) => {
    t.strictSame(await store.listVisits(), [])
    await store.saveVisit(key(1), key(2))
    await store.saveVisit(key(3), key(4))
    await store.saveVisit(key(1), key(5))
    const sorted = (await store.listVisits()).sort((one, other) => one.name.compare(other.name))
    t.strictSame(sorted, [
      { name: key(1), sealed: key(5) },
      { name: key(3), sealed: key(4) },
    ])
    await store.removeVisit(key(1))
    t.strictSame(await store.listVisits(), [{ name: key(3), sealed: key(4) }])
  })

  for (const [load, save, list] of [
    ['loadRules', 'saveRules', 'listRuled'],
    ['loadListed', 'saveListed', 'listListing'],
  ] as const)
    test(`what users keep comes back until it is forgotten: ${load}`, async (store, t) => {
      const bob = parseUserAddress('bob@a.example')
      t.equal(await store[load](alice), null)
      for (const [user, value] of [
        [bob, 1],
        [alice, 2],
        [alice, 3],
      ] as const)
        await store[save](user, key(value))
      t.strictSame(await store[load](alice), key(3))
      t.strictSame(await store[list](), [alice, bob])
      await store[save](alice, null)
      t.equal(await store[load](alice), null)
      t.strictSame(await store[list](), [bob])
    })

  test('the X.509 authority comes back, the latest one', async (store, t) => {
    t.equal(await store.loadX509Authority(), null)
    await store.saveX509Authority({ certificate: 'first', key: key(1) })
    await store.saveX509Authority({ certificate: 'second', key: key(2) })
    t.strictSame(await store.loadX509Authority(), { certificate: 'second', key: key(2) })
  })

  test('the X.509 authorities of peers come back, the latest of each', async (store, t) => {
    const [b, c] = [parseDomain('b.example'), parseDomain('c.example')]
    const peer = { domain: b, authority: key(1), text: key(2), signature: key(3), list: key(4), fetched: 5 }
    const later = { ...peer, list: key(6), fetched: 7 }
    for (const saved of [peer, { ...peer, domain: c }, later]) await store.saveX509Peer(saved)
    t.strictSame([await store.loadX509Peer(b), await store.loadX509Peer(c)], [later, { ...peer, domain: c }])
  })

  test('X.509 certificates come back by their user and end, the newest first', async (store, t) => {
    const old: X509Entry = {
      serial: '4a',
      user: alice,
      issued: 1,
      expires: 10,
      revoked: null,
      reminded: false,
    }
    const taken: X509Entry = { ...old, serial: '4b', issued: 2, revoked: { time: 3, reason: 'superseded' } }
    const unknown: X509Entry = { ...taken, serial: '4c', issued: 3, expires: 20, user: null, reminded: true }
    for (const entry of [old, taken, unknown]) await store.putX509(entry)
    t.strictSame(await store.listX509(null, 0), [unknown, taken, old])
    t.strictSame(await store.listX509(alice, 0), [taken, old])
    t.strictSame(await store.listX509(null, 10), [unknown])
    await store.putX509({ ...old, reminded: true })
    t.strictSame(await store.listX509(alice, 0), [taken, { ...old, reminded: true }])
  })

  test('a hundred thousand seen hashes come back', async (store, t) => {
    const hash = (index: number) =>
      Buffer.concat([Buffer.alloc(12), Buffer.from(Uint32Array.of(index).buffer)])
    const entries = Array.from({ length: 100_000 }, (_, index) => ({ hash: hash(index), expires: 1000 }))
    const halves = [entries.slice(0, 50_000), entries.slice(50_000)]
    await Promise.all(halves.map(half => store.addSeen(half)))
    t.equal((await store.loadSeen(0)).length, 100_000)
  })
}
