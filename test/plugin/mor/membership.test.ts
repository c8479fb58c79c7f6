// Membership: who gets a context's keys, and what becomes of answers that break the format.
import t, { type Test } from 'tap'
import { epochOf } from '../../../plugin/mor/epoch.js'
import { generateUnwrappingKey } from '../../../plugin/openpgp/index.js'
import type { FederatedServer } from '../../_federated.js'
import { startMorServers, type MorServer } from '../../_mor-servers.js'

async function two(t: Test) {
  const lab = await startMorServers(['a', 'b'], { interval: 250 })
  t.teardown(() => lab.stop())
  const [a, b] = lab.servers
  if (!a || !b) throw new Error('Two were asked for.')
  return { ...lab, a, b, context: a.mor.contexts[0]?.address }
}

function ask(from: FederatedServer, request: string, body: object): Promise<unknown> {
  const [peer] = from.federation.peers()
  if (!peer) throw new Error('Not federated.')
  return from.federation.ask(peer, request, body)
}

const octets = () => generateUnwrappingKey().octets.toString('base64')

t.test('a member gets the link keys of three days and the context with whom it reaches', async t => {
  const { a, b, context, clock } = await two(t)
  t.match(await ask(b, 'contexts', {}), { contexts: [{ address: context, group: 'main', interval: 250 }] })
  const answer = await ask(b, 'join', { context, listener: b.host.carrier.listener })
  const today = epochOf(clock.now())
  const own = a.mor.contexts[0]?.epochs ?? []
  t.match(answer, {
    links: own.map(({ epoch, link }) => ({ epoch, link: link.toString('base64') })),
    routes: [
      {
        context,
        speaker: a.identity.fingerprint,
        epoch: today,
        key: own.find(({ epoch }) => epoch === today)?.key.octets.toString('base64'),
        reaches: [{ server: b.identity.fingerprint, distance: 1 }],
      },
    ],
  })
})

t.test('no private half is in any answer', async t => {
  const { a, b, context } = await two(t)
  const answer = JSON.stringify(await ask(b, 'join', { context, listener: b.host.carrier.listener }))
  for (const { key } of a.mor.contexts[0]?.epochs ?? []) {
    const { d } = key.secret.export({ format: 'jwk' })
    t.ok(d)
    t.notOk(answer.includes(Buffer.from(d ?? '', 'base64url').toString('base64')))
  }
})

t.test('a context that does not exist, and a request that breaks the format: a plain refusal', async t => {
  const { a, b, context } = await two(t)
  const listener = b.host.carrier.listener
  const bodies = [
    {},
    { context },
    { context: 'x', listener },
    { context, listener: 'x'.repeat(2000) },
    { context, listener, more: 1 },
  ]
  for (const body of bodies)
    await t.rejects(ask(b, 'join', body), { code: 'peer-refused', message: 'The peer refused the request.' })
  t.equal(a.count('requests of peers refused'), bodies.length)
})

t.test('nobody is let into the room who did not ask as a countersigned server', async t => {
  const lab = await startMorServers(['a', 'b'], { interval: 250 })
  const stranger = await lab.add('x', { peers: ['a'] })
  t.teardown(async () => {
    stranger.stop()
    await lab.stop()
  })
  const heard: string[] = []
  const context = lab.servers[0]?.mor.contexts[0]?.address
  if (context) stranger.host.carrier.listen(context, frame => heard.push(frame))
  stranger.federation.start()
  await lab.pass(30_000, 250)
  t.same([stranger.peers(), heard], [[], []])
  t.ok((lab.servers[0]?.count('requests of strangers refused') ?? 0) > 0)
})

/** What b answers to `join`, each time another, then the truth. */
function answerWith(b: MorServer, answers: readonly object[], truth: object): () => number {
  let asked = 0
  b.federation.serve('join', () => Promise.resolve(answers[asked++] ?? truth))
  return () => asked
}

t.test('answers that break the format are counted and asked for again until they do not', async t => {
  const { a, b, pass, clock } = await two(t)
  const today = epochOf(clock.now())
  const speaker = b.identity.fingerprint
  const context = b.mor.contexts[0]?.address ?? ''
  const [link, key] = [octets(), octets()]
  const route = {
    context,
    speaker,
    epoch: today,
    key,
    reaches: [{ server: a.identity.fingerprint, distance: 1 }],
  }
  const links = [{ epoch: today, link }]
  const routesOf = (more: object) => ({ links, routes: [{ ...route, ...more }] })
  const broken: object[] = [
    {},
    { links: [], routes: [] },
    { links: [{ epoch: today, link: 'short' }], routes: [] },
    { links: [1, 2, 3, 4].map(() => ({ epoch: today, link })), routes: [] },
    { links, routes: Array.from({ length: 257 }, () => route) },
    routesOf({ key: 'AAAA' }),
    routesOf({ speaker: 'b.example' }),
    routesOf({ epoch: -1 }),
    routesOf({ epoch: 1.5 }),
    routesOf({ context: 'x'.repeat(2000) }),
    routesOf({ reaches: [{ server: speaker, distance: 0 }] }),
    routesOf({ reaches: [{ server: speaker, distance: 17 }] }),
    routesOf({ more: true }),
  ]
  const asked = answerWith(b, broken, { links, routes: [route] })
  b.federation.tell('members')
  await pass(4 * 60_000, 250)
  t.equal(a.count('contexts not joined'), broken.length)
  t.equal(asked(), broken.length + 1)
})

t.test('a key of small order in an answer does no harm', async t => {
  const { a, b, pass, clock } = await two(t)
  const today = epochOf(clock.now())
  const zero = Buffer.alloc(32).toString('base64')
  const own = b.mor.contexts[0]
  const links = (own?.epochs ?? []).map(({ epoch, link }) => ({ epoch, link: link.toString('base64') }))
  const reaches = [{ server: a.identity.fingerprint, distance: 1 }]
  const route = { context: own?.address, speaker: b.identity.fingerprint, epoch: today, key: zero, reaches }
  answerWith(b, [], { links, routes: [route] })
  b.federation.tell('members')
  await pass(5000, 250)
  // Out over the other server and back: its hop would go through the context with that key.
  a.send('round', b.hop(), a.hop())
  await pass(10_000, 250)
  t.same(a.delivered, ['round'])
})
