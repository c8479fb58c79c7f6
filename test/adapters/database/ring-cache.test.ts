// The ring's memory: what is found there is what the ring holds, whatever changes meanwhile, and it is bounded.
import t from 'tap'
import { cacheRing } from '../../../adapters/database/ring-cache.js'
import { createMemoryStore } from '../../../adapters/memory/index.js'
import { parseDomain } from '../../../plugin/addresses.js'
import { parseFingerprint } from '../../../plugin/fingerprint.js'
import type { RingEntry, RingStore } from '../../../plugin/ports.js'

const [one, two] = ['1'.repeat(16), '2'.repeat(16)]
const room = 1024

function entry(subject: string, changed: number): RingEntry {
  const fingerprint = parseFingerprint(`04${'ab'.repeat(20)}`)
  return {
    kind: 'user',
    subject,
    domain: parseDomain('a.example'),
    fingerprint,
    certificate: Buffer.alloc(room),
    changed,
  }
}

// Counts questions that reach the ring itself.
function createCounted(mostOctets = 100 * room) {
  const store: RingStore = createMemoryStore()
  const state = { asked: 0, gate: Promise.resolve() }
  const ring = cacheRing(
    {
      ...store,
      async find(kind, subject) {
        state.asked++
        const found = await store.find(kind, subject)
        await state.gate
        return found
      },
      withKey(keyId) {
        state.asked++
        return store.withKey(keyId)
      },
    },
    mostOctets,
  )
  return { ring, state }
}

t.test('what was found by name or key ID is found again without asking', async t => {
  const { ring, state } = createCounted()
  await ring.put(entry('x', 1), [one, two])
  for (let time = 0; time < 3; time++) {
    t.strictSame(await ring.withKey(one), [entry('x', 1)])
    t.strictSame(await ring.find('user', 'x'), entry('x', 1))
  }
  t.equal(state.asked, 1)
})

t.test('a change is seen at once, by name and by every key ID, also those that are gone', async t => {
  const { ring } = createCounted()
  await ring.put(entry('x', 1), [one, two])
  await ring.withKey(one)
  await ring.withKey(two)
  await ring.put(entry('x', 2), [two])
  t.strictSame(await ring.withKey(one), [])
  t.strictSame(await ring.withKey(two), [entry('x', 2)])
  t.strictSame(await ring.find('user', 'x'), entry('x', 2))
})

t.test('another entry with the same key ID is seen at once', async t => {
  const { ring } = createCounted()
  await ring.put(entry('x', 1), [one])
  await ring.withKey(one)
  await ring.put(entry('y', 2), [one])
  t.strictSame((await ring.withKey(one)).map(({ subject }) => subject).sort(), ['x', 'y'])
})

t.test('what was read while it changed is not kept', async t => {
  const { ring, state } = createCounted()
  await ring.put(entry('x', 1))
  let open = (): void => undefined
  state.gate = new Promise(resolve => (open = resolve))
  const old = ring.find('user', 'x')
  await ring.put(entry('x', 2))
  open()
  await old
  t.strictSame(await ring.find('user', 'x'), entry('x', 2))
})

t.test('what is not there is asked for each time', async t => {
  const { ring, state } = createCounted()
  for (let time = 0; time < 2; time++) {
    t.equal(await ring.find('user', 'x'), null)
    t.strictSame(await ring.withKey(one), [])
  }
  t.equal(state.asked, 4)
})

t.test('what nobody asked for again gives way to what is new', async t => {
  const { ring, state } = createCounted(4 * room)
  for (const [at, subject] of ['x', 'y', 'z'].entries()) await ring.put(entry(subject, at), [one])
  await ring.find('user', 'x')
  await ring.find('user', 'y')
  await ring.find('user', 'x')
  t.equal(state.asked, 2)
  await ring.find('user', 'z')
  await ring.find('user', 'x')
  t.equal(state.asked, 3, 'x was asked for again, y was not')
  await ring.find('user', 'y')
  t.equal(state.asked, 4)
  t.strictSame((await ring.withKey(one)).length, 3, 'more than there is room for is given all the same')
})
