// All that other servers get while a user talks as a pseudonym: nothing in it is of her account.
import t, { type Test } from 'tap'
import type { Work } from '../../../plugin/work.js'
import type { Host } from '../../../plugin/ports.js'
import { alice, ask, bob, fox, make, startWithBob } from '../../_pseudonyms.js'
import type { MemoryServersOptions } from '../../_memory-servers.js'

/** Everything that servers other than the first one ask, answer, hear, and open. */
function recorder() {
  const seen: Buffer[] = []
  const note = (...values: unknown[]): void => {
    for (const value of values)
      if (value instanceof Uint8Array) seen.push(Buffer.from(value))
      else if (typeof value === 'string') seen.push(Buffer.from(value))
  }
  const run = (inner: Work['run']) =>
    (async (...job: unknown[]) => {
      const result = await (inner as (...job: unknown[]) => Promise<unknown>)(...job)
      note(...job, result)
      return result
    }) as Work['run']
  const peers = (inner: Host['peers']): Host['peers'] => ({
    ...inner,
    async ask(peer, request) {
      const answer = await inner.ask(peer, request)
      note(answer)
      return answer
    },
    answer(handle) {
      inner.answer((from, request) => {
        note(request)
        return handle(from, request)
      })
    },
  })
  const between: MemoryServersOptions['between'] = (server, ports) =>
    server === 'a.example'
      ? ports
      : {
          ...ports,
          work: { run: run(ports.work.run) },
          host: { ...ports.host, peers: peers(ports.host.peers) },
        }
  return { seen, note, between }
}

/** A lab in which the others know Alice's account already, and what they get from then on. */
async function listening(t: Test) {
  const { seen, note, between } = recorder()
  const lab = await startWithBob(t, { between })
  await ask(lab, alice, 'help')
  await lab.elapse(Promise.all([lab.b.learns(alice), lab.c.learns(alice)]))
  await lab.pass(10_000)
  const account = await lab.a.store.find('user', alice)
  if (!account) throw new Error('Alice has a key.')
  lab.network.onFrame((_, frame) => {
    note(frame)
  })
  lab.b.host.onShown(message => {
    note(JSON.stringify(message))
  })
  lab.b.host.onMarked(mark => {
    note(JSON.stringify(mark))
  })
  seen.length = 0
  const holding = (wanted: string | Buffer): number => {
    const inText = [...textsOf(wanted)]
    return seen.filter(octets => inText.some(text => octets.includes(text))).length
  }
  return { ...lab, account, holding }
}

/** As octets, and as they look in text as hex and base64. */
function* textsOf(wanted: string | Buffer): Iterable<Buffer> {
  const octets = Buffer.from(wanted)
  yield octets
  yield Buffer.from(octets.toString('hex'))
  yield Buffer.from(octets.toString('hex').toUpperCase())
  if (octets.length < 8) return // a few letters are met by chance
  // Where it begins at any place of three; the first and last letters depend on what is beside it.
  for (const before of [0, 1, 2])
    yield Buffer.from(
      Buffer.concat([Buffer.alloc(before), octets])
        .toString('base64')
        .replaceAll('=', '')
        .slice(before + 1, -1),
    )
}

t.test('nothing of the account reaches others, from the first word as the pseudonym to its end', async t => {
  const lab = await listening(t)
  const { a, b, until, elapse, pass, holding, account } = lab
  await make(lab, alice, 'fox')
  const asFox = { user: alice, as: fox, contact: bob } as const
  const first = { ...asFox, body: 'helo from the den', id: 'kitchen-pc-1', asks: ['receipt'] as const }
  await elapse(a.host.say(first))
  await elapse(a.host.say({ ...asFox, body: 'hello', id: 'kitchen-pc-2', replaces: 'kitchen-pc-1' }))
  await until(() => b.shown.some(({ body }) => body === 'hello'))
  await elapse(b.host.say({ user: bob, contact: fox, body: 'hello fox', id: 'bob-1', asks: ['receipt'] }))
  await until(() => a.shown.some(({ body }) => body === 'hello fox'))
  await a.host.tell({ ...asFox, id: 'bob-1', kinds: ['receipt'] })
  await until(() => a.service.waiting + b.service.waiting === 0)
  t.match(await ask(lab, alice, 'pseudonym drop fox'), /is dropped/)
  await pass(90_000)
  t.equal(await a.store.loadHostedKey(fox), null)
  for (const known of [fox, 'helo from the den', 'bob-1']) t.ok(holding(known) > 0, `the test sees ${known}`)
  for (const own of ['alice@', '"alice', '>alice', alice, 'kitchen', account.certificate.subarray(0, 40)])
    t.equal(holding(own), 0, `nobody sees ${typeof own === 'string' ? own : 'her key'}`)
  t.equal(holding(Buffer.from(account.fingerprint.slice(2), 'hex')), 0, 'nor its fingerprint')
})
