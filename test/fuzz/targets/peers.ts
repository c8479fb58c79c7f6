// What other servers' plugins ask and answer: statements under a good signature, with any content (PROTO s9).
import { encodeStatement, openStatement } from '../../../plugin/pki/index.js'
import { generateServerKey, signDocument } from '../../../plugin/openpgp/index.js'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import { PluginError } from '../../../plugin/errors.js'
import type { PeerAddress } from '../../../plugin/ports.js'
import { settled } from '../../_counted-work.js'
import { today } from '../../_certificates.js'
import { credentialsOf, proofOf } from '../../_visits.js'
import { peerOf, startPair } from '../hostile-peer.js'
import { changedCounters } from '../changed-counters.js'
import { attempt, Finding, type Fuzzed } from '../target.js'

const [a, b] = ['a.example', 'b.example'].map(parseDomain) as [
  ReturnType<typeof parseDomain>,
  ReturnType<typeof parseDomain>,
]
const alice = parseUserAddress('alice@a.example')
const json = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '""',
  'null',
  'true',
  '"__proto__":',
  '"constructor":',
  '"toString"',
  '1e999',
  '-1',
  '\\u0000',
]
const expected = { type: 'request', from: b, to: a } as const

// The first octet says whether the rest is the JSON under a good signature, or all of the octets.
const statements: Fuzzed = {
  name: 'statements',
  about: 'signed statements of a peer',
  words: [...json, '"type":"request"', '"from":"b.example"', '"time":1780272000000'],
  longest: 300_000,
  few: 400,
  open() {
    const key = generateServerKey(b, today)
    const purpose = Buffer.from('P3DO statement v1\0')
    const signed = async (text: Buffer): Promise<Buffer> => {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(text.length)
      return Buffer.concat([length, text, await signDocument(key, Buffer.concat([purpose, text]), today)])
    }
    return Promise.resolve({
      take: input =>
        attempt(async () => {
          const rest = input.subarray(1)
          const octets = (input[0] ?? 0) % 2 === 1 ? await signed(rest) : rest
          await openStatement(octets, [key.certificate], expected, today)
          return 'taken'
        }),
    })
  },
  async seeds() {
    const body = { ...expected, time: today, id: 'x', request: 'keys', body: { after: 0 } }
    const key = generateServerKey(b, today)
    const octets = await encodeStatement(body, text => signDocument(key, text, today))
    return [
      Buffer.concat([Buffer.of(1), Buffer.from(JSON.stringify(body))]),
      Buffer.concat([Buffer.of(0), octets]),
    ]
  },
}

const requestBodies: Readonly<Record<string, object>> = {
  keys: { after: 0 },
  contexts: {},
  join: { context: 'main@conference.a.example', listener: 'listener@p3do.b.example' },
  seen: { server: 'c.example', fingerprint: `04${'ab'.repeat(20)}`, since: 1, seen: 2 },
  told: { topic: 'keys' },
  countersigned: { certificate: 'xjMEah' },
  x509: { from: 0 },
  visited: {
    user: 'alice@a.example',
    proof: '@PROOF@',
    conversations: [
      {
        sender: 'bob@b.example',
        server: 'b.example',
        conversation: '02'.repeat(16),
        next: 3,
        unshown: [{ sequence: 1, outcome: 'refused' }],
      },
    ],
    last: true,
  },
}

const asked: Fuzzed = {
  name: 'asked',
  about: 'requests of a countersigned peer, of any content; and octets of one',
  words: [
    ...json,
    ...Object.keys(requestBodies).map(name => `"${name}"`),
    '"body":',
    '"request":',
    '"@PROOF@"',
  ],
  longest: 20_000,
  few: 120,
  async open() {
    const [log, servers] = await startPair()
    const peer = await peerOf(servers)
    await servers.elapse(peer.a.say(alice, null, 'help'))
    const { key } = await credentialsOf(peer.a, alice)
    // A visit of hers at the peer, where that word stands.
    const proof = (await proofOf(alice, key, b, servers.clock.now())).toString('base64')
    return {
      take: input =>
        attempt(async () => {
          const rest = Buffer.from(input.toString('latin1', 1).replaceAll('@PROOF@', proof), 'latin1')
          const octets = (input[0] ?? 0) % 2 === 1 ? await peer.request(rest) : rest
          const answer = peer.b.host.peers.ask('p3do.a.example' as PeerAddress, octets)
          const end = await attempt(() => refusalOf(servers.elapse(answer)))
          log.ensureNoBug()
          return end
        }),
      stop: () => servers.stop(),
    }
  },
  seeds: () =>
    Promise.resolve([
      ...Object.entries(requestBodies).map(([request, body]) =>
        Buffer.concat([Buffer.of(1), Buffer.from(JSON.stringify({ request, body }))]),
      ),
      Buffer.of(0, 1),
      Buffer.concat([Buffer.of(0, 3), Buffer.from('d.example')]),
      Buffer.concat([Buffer.of(0, 2), Buffer.alloc(200, 0xc1)]),
    ]),
}

const answerBodies: readonly object[] = [
  { certificates: ['xjMEah'], cursor: 5, more: true },
  { contexts: [{ address: 'main@conference.b.example', group: 'main', interval: 25 }] },
  {
    links: [{ epoch: 20_000, link: `${'A'.repeat(43)}=` }],
    routes: [
      {
        context: 'x@conference.c.example',
        speaker: `04${'ab'.repeat(20)}`,
        epoch: 20_000,
        key: `${'CQ'.repeat(21)}A=`,
        reaches: [{ server: `04${'cd'.repeat(20)}`, distance: 1 }],
      },
    ],
  },
  {},
  {
    authority: 'MIIB',
    text: 'UDNETyBYLjUwOSBhdXRob3JpdHkgdjEK',
    signature: 'wnUE',
    list: 'MIIB',
    length: 3,
  },
]

const topics = ['keys', 'contexts', 'certificate', 'x509']

const answered: Fuzzed = {
  name: 'answered',
  about: 'answers of a countersigned peer to what a server asks by itself',
  words: [
    ...json,
    '"certificates":',
    '"contexts":',
    '"links":',
    '"routes":',
    '"cursor":',
    '"more":true',
    '"list":"',
    '"length":',
    '"authority":"',
  ],
  longest: 20_000,
  few: 40,
  async open() {
    const [log, servers] = await startPair()
    const peer = await peerOf(servers)
    let said: Buffer = Buffer.alloc(0)
    peer.b.host.peers.answer((_, octets) => peer.answer(Buffer.from(octets), said))
    return {
      async take(input) {
        said = input.subarray(1)
        const before = peer.a.counters.snapshot()
        // Whoever is told that something changed asks for it.
        const topic = topics[(input[0] ?? 0) % topics.length] ?? 'keys'
        const told = await peer.request(Buffer.from(JSON.stringify({ request: 'told', body: { topic } })))
        const end = await attempt(() =>
          refusalOf(servers.elapse(peer.b.host.peers.ask('p3do.a.example' as PeerAddress, told))),
        )
        // Authorities are asked for after a moment.
        await servers.pass(topic === 'x509' ? 2100 : 300)
        log.ensureNoBug()
        return `${end} ${changedCounters(before, peer.a.counters.snapshot())}`
      },
      stop: () => servers.stop(),
    }
  },
  seeds: () =>
    Promise.resolve(
      answerBodies.map((body, index) =>
        Buffer.concat([
          Buffer.of('list' in body ? topics.indexOf('x509') : index),
          Buffer.from(JSON.stringify(body)),
        ]),
      ),
    ),
}

// The network in memory gives the reason behind every refusal, which is to be one of the plugin's.
async function refusalOf(answer: Promise<Uint8Array>): Promise<string> {
  try {
    await answer
    return 'answered'
  } catch (error) {
    if (!(error instanceof PluginError)) throw error
    if (error.cause instanceof PluginError) return `refused: ${error.cause.message}`
    throw error.cause instanceof Error ? error.cause : new Finding('A peer was refused for no reason.')
  } finally {
    await settled(1)
  }
}

export const peerTargets: readonly Fuzzed[] = [statements, asked, answered]
