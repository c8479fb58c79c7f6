// What a host server passes on and answers: stanzas of users, rooms and other servers (XEP-0114, XEP-0045, PROTO s9).
import { parse } from 'ltx'
import { createCounters } from '../../../adapters/counters.js'
import { createXmppHost } from '../../../adapters/xmpp/index.js'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import { parseFingerprint } from '../../../plugin/fingerprint.js'
import { PluginError } from '../../../plugin/errors.js'
import type { ContextAddress, Host, PeerAddress, Random } from '../../../plugin/ports.js'
import { settle } from '../../adapters/xmpp/_rig.js'
import { secret, startScriptedServer, type ScriptedServer } from '../../adapters/xmpp/_scripted-server.js'
import { createVirtualClock } from '../../_virtual-clock.js'
import { recordingLog } from '../recording-log.js'
import { seedTalks } from '../seed-stanzas.js'
import { Finding, type Fuzzed } from '../target.js'

const [domain, component, rooms] = ['a.example', 'p3do.a.example', 'conference.a.example'].map(
  parseDomain,
) as [ReturnType<typeof parseDomain>, ReturnType<typeof parseDomain>, ReturnType<typeof parseDomain>]
const alice = parseUserAddress('alice@a.example')
const fingerprint = parseFingerprint(`04${'ab'.repeat(20)}`)
const key = { fingerprint, certificate: Buffer.alloc(300, 1), changed: 0 }

/** A word of each text: whoever finds it in a log has found content. */
const marker = 'zqmarker'

// Nicks and ids are known to whoever writes the seeds.
const plain: Random = { octets: length => Buffer.alloc(length, 1), below: () => 0, exponential: () => 0 }

const longestAnswer = 300_000

interface Rig {
  readonly host: Host
  readonly clock: ReturnType<typeof createVirtualClock>
  readonly counters: ReturnType<typeof createCounters>
  readonly log: ReturnType<typeof recordingLog>
}

function createRig({ service }: ScriptedServer): Rig {
  const [clock, counters, log] = [createVirtualClock(), createCounters(), recordingLog()]
  const host = createXmppHost({
    service,
    domain,
    component,
    rooms,
    secret,
    clock,
    random: plain,
    counters,
    log,
  })
  host.users.receive(() => Promise.resolve())
  host.rooms.onInvited(() => undefined)
  host.users.receiveMarks(() => Promise.resolve())
  host.users.showKeys(() => Promise.resolve(key))
  host.peers.answer((_, request) => Promise.resolve(request))
  host.carrier.listen('one@conference.b.example' as ContextAddress, () => undefined)
  return { host, clock, counters, log }
}

/** Something that the plugin asks, to which the input may have the answers. */
const questions: readonly ((host: Host) => Promise<unknown>)[] = [
  () => Promise.resolve(),
  ({ accounts }) => accounts.listedKeys(alice),
  ({ accounts }) => accounts.readKey(alice, fingerprint),
  ({ accounts }) => accounts.exists(alice),
  ({ accounts }) => accounts.publishKey(alice, key, [key]),
  ({ carrier }) => carrier.open('own'),
  ({ peers }) => peers.ask('p3do.b.example' as PeerAddress, Buffer.from('ask')),
  ({ users }) => users.dropsRepeats(),
  ({ users }) => users.deliver({ user: alice, contact: null, body: 'text', id: 'm-1' }),
]

async function talk(server: ScriptedServer, input: Buffer): Promise<string> {
  const { host, clock, counters, log } = createRig(server)
  const [stream] = await Promise.all([server.accepted(), host.start()])
  let bug: unknown = null
  const question = questions[(input[0] ?? 0) % questions.length] ?? questions[0]
  question?.(host).catch((error: unknown) => {
    if (!(error instanceof PluginError) || error.fault === 'bug') bug = error
  })
  const pass = async (): Promise<void> => {
    await settle()
    clock.advance(10)
  }
  await pass()
  // A line at a time: an answer comes behind its question.
  for (const line of input.subarray(1).toString('latin1').split('\n')) {
    stream.write(Buffer.from(line, 'latin1'))
    await pass()
  }
  stream.socket.end('</stream:stream>')
  await stream.closed
  await pass()
  await host.stop()
  // Whoever still waits for an answer gives up.
  clock.advance(longestAnswer)
  await settle()
  if (bug !== null) throw bug as Error
  log.ensureSilent(marker)
  ensureWellFormed(stream.received())
  return Object.keys(counters.snapshot()).join(', ')
}

// The stream has a head, and an end only where both sides said goodbye.
function ensureWellFormed(text: string): void {
  const stanzas = text.replace(/^[^]*<\/handshake>/u, '').replace(/<\/stream:stream>$/u, '')
  try {
    parse(`<all>${stanzas}</all>`)
  } catch {
    throw new Finding('What the component writes is not well-formed.')
  }
}

const words = [
  "<message from='alice@a.example/x' to='p3do.a.example' type='chat'>",
  "<presence from='one@conference.b.example/1' to='listener@p3do.a.example/p3do'>",
  "<iq type='result' from='alice@a.example' to='p3do.a.example' id='01010101010101010101010101010101'>",
  "xmlns='urn:p3do:0'",
  "<x xmlns='jabber:x:conference' jid='ops@conference.a.example'/>",
  "<invite from='alice@a.example/x'/>",
  "type='error'",
  "type='set'",
  "type='get'",
  "xmlns=''",
  "xml:lang='en'",
  '<error/>',
  '</iq>',
  '</message>',
  '<a/>',
  '<a>',
  '&lt;',
  '&#10;',
  '&#x1F600;',
  '<![CDATA[',
  '<!--',
  '<?x?>',
  '\n',
  'jid=',
  'id=',
  marker,
  '__proto__',
  'constructor',
]

const stanzas: Fuzzed = {
  name: 'stanzas',
  about: 'stanzas from the host, and its answers to the plugin: forms, rooms, keys, requests',
  words,
  longest: 20_000,
  few: 120,
  open: () => Promise.resolve({ take: input => withServer(server => talk(server, input)) }),
  seeds: () => Promise.resolve(seedTalks(marker)),
}

const streams: Fuzzed = {
  name: 'streams',
  about: 'whatever stands where the host should be',
  words: [
    "<?xml version='1.0'?>",
    "xmlns='jabber:component:accept'",
    '<handshake/>',
    '<stream:error>',
    '</stream:stream>',
    "id='s1'",
    'see-other-host',
  ],
  longest: 5000,
  few: 100,
  open: () => Promise.resolve({ take: input => withServer(server => hearing(server, input)) }),
  seeds: () =>
    Promise.resolve(
      [
        "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' from='p3do.a.example' id='s1'><handshake/>",
        "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' from='p3do.a.example' id='s1'><stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>",
        'HTTP/1.1 400 Bad Request\r\n\r\n',
      ].map(text => Buffer.from(text)),
    ),
}

async function hearing(server: ScriptedServer, input: Buffer): Promise<string> {
  const { host, clock, counters, log } = createRig(server)
  const started = host.start().then(
    () => 'accepted',
    (error: unknown) => (error instanceof PluginError ? error.code : Promise.reject(error as Error)),
  )
  const stream = await server.connection()
  stream.socket.end(input)
  await stream.closed
  await settle()
  clock.advance(10)
  await host.stop()
  log.ensureSilent(marker)
  return `${await started} ${Object.keys(counters.snapshot()).join(', ')}`
}

// A link that is lost comes again; each input has a server of its own, so that none meets the one before.
async function withServer(use: (server: ScriptedServer) => Promise<string>): Promise<string> {
  const server = await startScriptedServer()
  try {
    return await use(server)
  } finally {
    await server.stop()
  }
}

export const xmppTargets: readonly Fuzzed[] = [stanzas, streams]
