// Federation: certificates are exchanged, each server signs the other's, then both answer each other's requests (PROTO s9).
import * as v from 'valibot'
import { PluginError } from '../errors.js'
import { mergeCertificates, parseCertificate, type Certificate } from '../openpgp/index.js'
import type {
  Cancel,
  Clock,
  Counters,
  Domain,
  Fingerprint,
  Log,
  PeerAddress,
  PeerLink,
  Random,
} from '../ports.js'
import type { Directory } from './directory.js'
import type { ServerIdentity } from './identity.js'
import { openRequest, wrapAnswer, wrapRequest } from './requests.js'
import { serverTrusted } from './trust.js'

/** A server that this one countersigned and that countersigned this one. */
export interface Peer {
  readonly domain: Domain
  readonly fingerprint: Fingerprint
  readonly address: PeerAddress
}

/** Whom to federate with, from the configuration. */
export interface PeerChoice {
  readonly domain: Domain
  readonly address: PeerAddress
  /** The certificate that the first contact must show, or null for any. */
  readonly fingerprint: Fingerprint | null
}

/** Answers a request; what it throws is a plain refusal for the asker. */
export type RequestHandler = (peer: Peer, body: unknown) => Promise<object>

export interface Federation {
  readonly self: Fingerprint
  /** Those that are ready. */
  peers(): readonly Peer[]
  /** Calls for each peer that becomes ready. */
  onReady(handler: (peer: Peer) => void): void
  /** Asks a peer. @throws PluginError `peer-unreachable`, `peer-refused`, `bad-format` */
  ask(peer: Peer, request: string, body: object): Promise<unknown>
  /** Sets who answers a request; only countersigned servers get that far. */
  serve(request: string, handler: RequestHandler): void
  /** Tells all peers that something changed. Whoever misses it finds out by its own next question. */
  tell(topic: string): void
  onTold(topic: string, handler: (peer: Peer) => void): void
  /** Begins to connect with the peers of the configuration. */
  start(): void
  stop: Cancel
}

export interface FederationOptions {
  readonly identity: ServerIdentity
  readonly directory: Directory
  readonly link: PeerLink
  readonly choices: readonly PeerChoice[]
  readonly clock: Clock
  readonly random: Random
  readonly counters: Counters
  readonly log: Log
}

const certificateRequest = 0x01
const statementRequest = 0x02
const countersignedBody = v.strictObject({ certificate: v.string() })
const toldBody = v.strictObject({ topic: v.picklist(['members', 'keys']) })
const firstRetry = 1_000
const lastRetry = 60_000
// Routing keys change weekly and overlap for a week; half a day is soon enough.
const refreshEvery = 12 * 3_600_000

/** Sets up federation, and answers peers from now on. */
export function createFederation(options: FederationOptions): Federation {
  const { identity, link, directory, clock } = options
  const ready = new Map<Domain, Peer>()
  const readyHandlers: ((peer: Peer) => void)[] = []
  const toldHandlers = new Map<string, ((peer: Peer) => void)[]>()
  const handlers = new Map<string, RequestHandler>()
  const cancels = new Map<Domain, Cancel>()

  const again = (choice: PeerChoice, delay: number, attempt: number): void => {
    const jittered = delay / 2 + options.random.below(Math.ceil(delay))
    cancels.set(
      choice.domain,
      clock.after(jittered, () => void connectOrRetry(choice, attempt)),
    )
  }
  const connectOrRetry = async (choice: PeerChoice, attempt: number): Promise<void> => {
    try {
      const peer = await connect(options, choice)
      const isNew = !ready.has(peer.domain)
      ready.set(peer.domain, peer)
      if (isNew) for (const handler of readyHandlers) handler(peer)
      again(choice, refreshEvery, 0)
    } catch (error) {
      reportFailure(options, choice, error)
      again(choice, Math.min(lastRetry, firstRetry * 2 ** attempt), Math.min(attempt + 1, 10))
    }
  }

  handlers.set('countersigned', async (peer, body) => {
    const { certificate } = v.parse(countersignedBody, body)
    await directory.keepCountersignature(peer.domain, Buffer.from(certificate, 'base64'))
    return {}
  })
  handlers.set('told', (peer, body) => {
    for (const handler of toldHandlers.get(v.parse(toldBody, body).topic) ?? []) handler(peer)
    return Promise.resolve({})
  })
  link.answer((from, request) => answer(options, handlers, from, Buffer.from(request)))

  return {
    self: identity.fingerprint,
    peers: () => [...ready.values()],
    onReady: handler => void readyHandlers.push(handler),
    ask: (peer, request, body) => ask(options, peer, request, body),
    serve: (request, handler) => void handlers.set(request, handler),
    tell(topic) {
      for (const peer of ready.values()) {
        ask(options, peer, 'told', { topic }).catch(() => {
          options.counters.count('peers not told')
        })
      }
    },
    onTold: (topic, handler) => void toldHandlers.set(topic, [...(toldHandlers.get(topic) ?? []), handler]),
    start() {
      for (const choice of options.choices) void connectOrRetry(choice, 0)
    },
    stop() {
      for (const cancel of cancels.values()) cancel()
    },
  }
}

async function connect(options: FederationOptions, choice: PeerChoice): Promise<Peer> {
  const { directory, link, clock } = options
  const received = parseCertificate(
    Buffer.from(await link.ask(choice.address, Buffer.of(certificateRequest))),
  )
  if (choice.fingerprint !== null && choice.fingerprint !== received.fingerprint) {
    throw new PluginError(
      'key-changed',
      'A peer shows another key than federation.peers pins. Check which one is right.',
    )
  }
  const certificate = await countersigned(options, choice.domain, received)
  await directory.keepServer(choice.domain, certificate)
  const peer = { domain: choice.domain, fingerprint: certificate.fingerprint, address: choice.address }
  await ask(options, peer, 'countersigned', { certificate: certificate.octets.toString('base64') })
  options.log.info({ peer: choice.domain, at: clock.now() }, 'Federated with a peer.')
  return peer
}

// What is countersigned already only takes up the peer's new routing keys; the signature is made anew when it ended.
async function countersigned(
  { identity, directory, clock }: FederationOptions,
  domain: Domain,
  received: Certificate,
): Promise<Certificate> {
  const own = identity.certificate
  const known = await directory.server(domain)
  const same = known?.fingerprint === received.fingerprint ? known : null
  const merged = await mergeCertificates(same, received, () => own.primary)
  if ((await serverTrusted(own, merged, domain, clock.now())).trusted) return merged
  return parseCertificate(await identity.authority.countersign(merged.octets, domain))
}

async function ask(
  { identity, directory, link, clock }: FederationOptions,
  peer: Peer,
  request: string,
  body: object,
): Promise<unknown> {
  const certificate = await directory.server(peer.domain)
  if (!certificate) throw new PluginError('certificate-invalid', 'A peer is not countersigned any more.')
  const { octets, readAnswer } = await wrapRequest(
    identity,
    clock,
    { domain: peer.domain, certificate },
    request,
    body,
  )
  const answered = await link.ask(peer.address, Buffer.concat([Buffer.of(statementRequest), octets]))
  return readAnswer(Buffer.from(answered))
}

async function answer(
  options: FederationOptions,
  handlers: ReadonlyMap<string, RequestHandler>,
  from: PeerAddress,
  octets: Buffer,
): Promise<Buffer> {
  const { identity, clock, counters } = options
  if (octets.length === 1 && octets[0] === certificateRequest) return identity.certificate.octets
  const peer = await knownPeer(options, from)
  if (!peer || octets[0] !== statementRequest) {
    counters.count('requests of strangers refused')
    throw new PluginError('not-a-member', 'This server answers only servers that it has countersigned.')
  }
  const { id, request, body } = await openRequest(identity, clock, peer, octets.subarray(1))
  const handler = handlers.get(request)
  if (!handler) throw new PluginError('bad-format', 'A peer asked for something unknown.')
  const { domain, certificate } = peer
  return wrapAnswer(
    identity,
    clock,
    peer,
    id,
    await handler({ domain, address: from, fingerprint: certificate.fingerprint }, body),
  )
}

async function knownPeer(
  { choices, directory }: FederationOptions,
  from: PeerAddress,
): Promise<{ domain: Domain; certificate: Certificate } | null> {
  const choice = choices.find(({ address }) => address === from)
  const certificate = choice ? await directory.server(choice.domain) : null
  return choice && certificate ? { domain: choice.domain, certificate } : null
}

function reportFailure({ counters, log }: FederationOptions, { domain }: PeerChoice, error: unknown): void {
  counters.count('federation attempts failed')
  const reason = error instanceof PluginError ? error.message : 'An unexpected error.'
  if (error instanceof PluginError && error.code !== 'key-changed')
    log.info({ peer: domain }, `Not federated yet: ${reason}`)
  else log.error({ peer: domain, err: error }, `A peer is suspended: ${reason}`)
}
