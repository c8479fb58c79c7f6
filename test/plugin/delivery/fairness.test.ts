// Bursts wait on disk and not in the rooms, so that nobody else's messages wait behind them.
import t, { type Test } from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { enrol } from '../../_enrol.js'
import { startMemoryServers } from '../../_memory-servers.js'

const alice = parseUserAddress('alice@a.example')
const anna = parseUserAddress('anna@a.example')
const bob = parseUserAddress('bob@b.example')
const contactsAt = (server: string) =>
  Array.from({ length: 10 }, (_, at) => parseUserAddress(`contact${String(at)}@${server}.example`))

/** Alice and Anna at a, many contacts at b and c, everybody known to everybody, on clocks as they are by default. */
async function rig(t: Test) {
  const lab = await startMemoryServers({ names: ['a', 'b', 'c', 'd'], profile: 'default' })
  t.teardown(() => lab.stop())
  const [a, b, c] = lab.servers
  if (!a || !b || !c) throw new Error('Four were started.')
  await enrol(lab, [alice, anna, bob, ...contactsAt('b'), ...contactsAt('c')])
  /** How long until Bob has it, milliseconds. */
  const arrives = async (from: typeof alice, text: string): Promise<number> => {
    const began = lab.clock.now()
    await lab.elapse(a.say(from, bob, text))
    await lab.until(() => b.shown.some(({ body }) => body === text), 300_000)
    return lab.clock.now() - began
  }
  return { ...lab, a, b, c, arrives }
}

t.test('one user writes sixty messages: what another one writes then arrives as if he had not', async t => {
  const { a, b, pass, until, arrives } = await rig(t)
  const texts = Array.from({ length: 60 }, (_, number) => `of sixty: ${String(number)}`)
  for (const [at, text] of texts.entries()) await a.say(alice, contactsAt('b')[at % 10] ?? bob, text)
  await pass(20_000)
  const took = await arrives(anna, 'now')
  t.ok(took < 40_000, `${String(took)} ms`)
  t.ok(a.service.waiting > 30, `${String(a.service.waiting)} messages wait on disk`)
  await until(() => a.service.waiting === 0, 600_000)
  t.same(
    b.shown
      .map(({ body }) => body)
      .filter(body => texts.includes(body))
      .sort(),
    [...texts].sort(),
    'each arrives once',
  )
})

t.test('what waits for a server that is away holds up nothing new of the same user', async t => {
  const { a, c, network, pass, arrives } = await rig(t)
  network.setReachable(c.domain, false)
  for (let number = 0; number < 60; number++)
    await a.say(alice, contactsAt('c')[number % 10] ?? bob, `away: ${String(number)}`)
  await pass(120_000)
  const took = await arrives(alice, 'now')
  t.ok(took < 60_000, `${String(took)} ms`)
  t.ok(a.service.waiting >= 60)
})
