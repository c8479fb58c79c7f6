// First contact with each peer and every later one: certificates exchanged, each server signs the other's (PROTO s9.1).
import { ensureNamed, recordName } from '../dns/index.js'
import { PluginError } from '../errors.js'
import { parseCertificate } from '../openpgp/index.js'
import type {
  Cancel,
  Clock,
  Counters,
  DnsLookup,
  Domain,
  Fingerprint,
  Log,
  PeerAddress,
  PeerLink,
  Random,
} from '../ports.js'
import type { Directory } from './directory.js'
import type { ServerIdentity } from './identity.js'

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
  /** The certificate that it must have, or null for whichever the first contact shows. */
  readonly fingerprint: Fingerprint | null
}

export interface ContactOptions {
  readonly identity: ServerIdentity
  readonly directory: Directory
  readonly link: PeerLink
  readonly dns: DnsLookup
  readonly choices: readonly PeerChoice[]
  readonly clock: Clock
  readonly random: Random
  readonly counters: Counters
  readonly log: Log
}

export interface Contacts {
  /** Those that are ready, and not suspended since. */
  peers(): readonly Peer[]
  /** Calls for each that becomes ready, also again after a suspension. */
  onReady(handler: (peer: Peer) => void): void
  start(): void
  stop: Cancel
}

/** Asks a peer; see `Federation.ask`. */
type Ask = (peer: Peer, request: string, body: object) => Promise<unknown>

/** The request that everybody answers to anybody. */
export const certificateRequest = 0x01
const firstRetry = 1_000
const lastRetry = 60_000
// Routing keys change weekly and overlap for a week; half a day is soon enough.
const refreshEvery = 12 * 3_600_000

/** Connects with the peers of the configuration once it is started, again and again until it is stopped. */
export function createContacts(options: ContactOptions, ask: Ask): Contacts {
  const ready = new Map<Domain, Peer>()
  const handlers: ((peer: Peer) => void)[] = []
  const cancels = new Map<Domain, Cancel>()
  let stopped = false

  const again = (choice: PeerChoice, delay: number, attempt: number): void => {
    if (stopped) return
    const jittered = delay / 2 + options.random.below(Math.ceil(delay))
    const cancel = options.clock.after(jittered, () => void connectOrRetry(choice, attempt))
    cancels.set(choice.domain, cancel)
  }
  const connectOrRetry = async (choice: PeerChoice, attempt: number): Promise<void> => {
    try {
      const peer = await connect(options, ask, choice)
      const isNew = !ready.has(peer.domain)
      ready.set(peer.domain, peer)
      if (isNew) for (const handler of handlers) handler(peer)
      again(choice, refreshEvery, 0)
    } catch (error) {
      if (isSuspension(error)) ready.delete(choice.domain)
      reportFailure(options, choice, error)
      again(choice, Math.min(lastRetry, firstRetry * 2 ** attempt), Math.min(attempt + 1, 10))
    }
  }
  return {
    peers: () => [...ready.values()],
    onReady: handler => void handlers.push(handler),
    start() {
      for (const choice of options.choices) void connectOrRetry(choice, 0)
    },
    stop() {
      stopped = true
      for (const cancel of cancels.values()) cancel()
    },
  }
}

async function connect(options: ContactOptions, ask: Ask, choice: PeerChoice): Promise<Peer> {
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
  if (choice.fingerprint === null) await ensureFirstContact(options, choice.domain, received.fingerprint)
  const certificate = await directory.meetServer(choice.domain, received)
  const peer = { domain: choice.domain, fingerprint: certificate.fingerprint, address: choice.address }
  await ask(peer, 'countersigned', { certificate: certificate.octets.toString('base64') })
  options.log.info({ peer: choice.domain, at: clock.now() }, 'Federated with a peer.')
  return peer
}

// DNS may doubt a key that nothing is known of; what is known it neither replaces nor removes.
async function ensureFirstContact(
  { directory, dns, clock, counters, log }: ContactOptions,
  domain: Domain,
  fingerprint: Fingerprint,
): Promise<void> {
  if (await directory.hasMet(domain)) return
  try {
    ensureNamed(await dns.texts(recordName(domain)), fingerprint, clock.now())
  } catch (error) {
    if (!(error instanceof PluginError) || error.code !== 'host-unreachable') throw error
    // Whoever can silence DNS can also empty it; the first contact rests on the link alone then.
    counters.count('dns look-ups failed')
    log.warn({ peer: domain }, `A peer is met without a look into DNS: ${error.message}`)
  }
}

// A peer that cannot be reached stays one; a peer whose certificate is not accepted any more does not.
function isSuspension(error: unknown): boolean {
  return error instanceof PluginError && ['key-changed', 'certificate-invalid'].includes(error.code)
}

function reportFailure({ counters, log }: ContactOptions, { domain }: PeerChoice, error: unknown): void {
  counters.count('federation attempts failed')
  const reason = error instanceof PluginError ? error.message : 'An unexpected error.'
  if (error instanceof PluginError && error.code !== 'key-changed')
    log.info({ peer: domain }, `Not federated yet: ${reason}`)
  else log.error({ peer: domain, err: error }, `A peer is suspended: ${reason}`)
}
