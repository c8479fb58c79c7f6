// X.509 authorities of peers, fetched ahead of need, so that their users can log in here while the peers are away (PROTO s9.4, s9.6).
import { X509Certificate } from 'node:crypto'
import * as v from 'valibot'
import { createAgenda } from '../agenda.js'
import { PluginError } from '../errors.js'
import type { Directory, Federation, Peer } from '../pki/index.js'
import type {
  Cancel,
  Clock,
  Counters,
  Domain,
  KeyFetcher,
  Log,
  Random,
  Trace,
  X509Peer,
  X509PeerStore,
  X509Publication,
} from '../ports.js'
import { retryAfter } from '../pauses.js'
import { parseReceived } from '../received.js'
import { createSignal } from '../signal.js'
import { createNamedTurns } from '../turns.js'
import type { Work } from '../work.js'
import { bindingStart, ensureBound } from './binding.js'
import { fetchElsewhere, type Whole } from './elsewhere.js'
import { longestCertificate, longestList } from './lengths.js'

export interface PeerAuthoritiesOptions {
  readonly federation: Federation
  readonly directory: Directory
  readonly store: X509PeerStore
  /** What this server shows to its own peers. */
  readonly own: X509Publication
  readonly fetcher: KeyFetcher
  readonly work: Work
  readonly clock: Clock
  readonly random: Random
  readonly counters: Counters
  readonly trace: Trace
  readonly log: Log
}

export interface PeerAuthorities {
  /**
   * The authority of a domain as it is bound now, and until when the statement holds (milliseconds).
   * @throws PluginError `recipient-unknown` where none is known, `certificate-invalid` where it is not bound any more
   */
  of(domain: Domain): Promise<{ readonly peer: X509Peer; readonly until: number }>
  /** Calls for each domain of which something new came. */
  onNews(handler: (domain: Domain) => void): void
  readonly stop: Cancel
}

// A revocation that could not be told is known here an hour after its server is back.
const askEvery = 3_600_000
const firstRetry = 10_000
const octets = v.pipe(
  v.string(),
  v.maxLength(262_144),
  v.transform(text => Buffer.from(text, 'base64')),
)
const from = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(longestList))
const x509Request = v.strictObject({ from })
const x509Answer = v.union([
  v.strictObject({}),
  v.strictObject({ authority: octets, text: octets, signature: octets, list: octets, length: from }),
])
// With base64, JSON and padding an answer stays well under the 262,144 octets that it may have.
const mostListOctets = 128 * 1024

/**
 * Answers peers' questions for the own authority, and asks peers for theirs: when ready, when told, and every hour, because what
 * is told to who is away is lost. Of a peer that does not answer, the key servers that its records in DNS name are asked.
 */
export function startPeerAuthorities(options: PeerAuthoritiesOptions): PeerAuthorities {
  const { federation, clock, random } = options
  const news = createSignal<Domain>()
  const inTurn = createNamedTurns()
  const failed = new Map<Domain, number>()
  const attempt = (domain: Domain, fetchIt: () => Promise<Whole | null>): Promise<boolean> =>
    inTurn(domain, () => fetchAndKeep(options, domain, news.send, fetchIt))
  const fetch = async (peer: Peer): Promise<void> => {
    const failures = failed.get(peer.domain) ?? 0
    failed.delete(peer.domain)
    if (await attempt(peer.domain, () => fetchWhole(federation, peer)))
      agenda.plan(peer, askEvery / 2 + random.below(askEvery / 2))
    else {
      failed.set(peer.domain, failures + 1)
      agenda.plan(peer, retryAfter(failures, firstRetry, askEvery / 2, random))
    }
  }
  const agenda = createAgenda<Peer>(clock, ({ domain }) => domain, fetch)
  federation.serve('x509', (_, body) => ownPart(options.own, parseReceived(x509Request, body).from))
  federation.onReady(peer => {
    agenda.plan(peer, random.below(1000))
  })
  federation.onTold('x509', peer => {
    agenda.plan(peer, 1000 + random.below(1000))
  })
  // As often as it would be asked.
  const asked = new Map<Domain, number>()
  federation.onSilent(({ domain, places }) => {
    if ((asked.get(domain) ?? -Infinity) + askEvery > clock.steady()) return
    asked.set(domain, clock.steady())
    void attempt(domain, () => fetchElsewhere(options.fetcher, places))
  })
  return { of: domain => boundPeer(options, domain), onNews: news.on, stop: agenda.stop }
}

async function ownPart(
  own: X509Publication,
  start: number,
): Promise<{ [Field in keyof Whole]: string | number } | object> {
  const [pem, statement, list] = [await own.certificate(), await own.statement(), await own.revocationList()]
  if (pem === null || statement === null || list === null) return {}
  return {
    authority: new X509Certificate(pem).raw.toString('base64'),
    text: statement.text.toString('base64'),
    signature: statement.signature.toString('base64'),
    list: list.subarray(start, start + mostListOctets).toString('base64'),
    length: list.length,
  }
}

async function fetchAndKeep(
  options: PeerAuthoritiesOptions,
  domain: Domain,
  tell: (domain: Domain) => void,
  fetchIt: () => Promise<Whole | null>,
): Promise<boolean> {
  try {
    const whole = await fetchIt()
    if (whole !== null) await keep(options, domain, whole, tell)
    return true
  } catch (error) {
    options.counters.count('x509 authorities not fetched')
    options.log.info(
      { peer: domain, err: error },
      'The X.509 authority of a peer could not be fetched; trying again later.',
    )
    return false
  }
}

// A list that is made anew between two parts does not fit together, and is refused by its signature.
async function fetchWhole(federation: Federation, peer: Peer): Promise<Whole | null> {
  const parts: Buffer[] = []
  for (let got = 0; ;) {
    const part = parseReceived(x509Answer, await federation.ask(peer, 'x509', { from: got }))
    if (!('list' in part)) return null
    parts.push(part.list)
    got += part.list.length
    if (got >= part.length) return { ...part, list: Buffer.concat(parts) }
    if (part.list.length === 0) throw refused('is shorter than it is said to be')
  }
}

// What is older than what is known was true earlier, and may lack what was taken back since.
async function keep(
  { directory, store, work, clock, trace }: PeerAuthoritiesOptions,
  domain: Domain,
  whole: Whole,
  tell: (domain: Domain) => void,
): Promise<void> {
  const { authority, text, signature, list } = whole
  const known = await store.loadX509Peer(domain)
  const peer = { domain, authority, text, signature, list, fetched: clock.now() }
  await ensureOf(directory, peer, clock.now())
  const number = await work.run('numberOfList', list, authority)
  if (number === null) throw refused('is not one that its authority signed')
  if (known !== null && bindingStart(text) < bindingStart(known.text)) throw outdated()
  const isSame = known?.authority.equals(authority) === true
  if (isSame && number < ((await work.run('numberOfList', known.list, authority)) ?? 0n)) throw outdated()
  await store.saveX509Peer(peer)
  trace({ event: 'fetched x509', peer: domain })
  if (!isSame || !known.list.equals(list)) tell(domain)
}

async function boundPeer(
  { store, directory, clock }: PeerAuthoritiesOptions,
  domain: Domain,
): Promise<{ peer: X509Peer; until: number }> {
  const peer = await store.loadX509Peer(domain)
  if (!peer)
    throw new PluginError('recipient-unknown', 'The X.509 authority of this server is not known here.')
  return { peer, until: await ensureOf(directory, peer, clock.now()) }
}

async function ensureOf(directory: Directory, peer: X509Peer, now: number): Promise<number> {
  const { domain, authority, text, signature } = peer
  if (authority.length > longestCertificate)
    throw new PluginError('certificate-invalid', 'The X.509 authority of a peer is too long.')
  const signers = await directory.signers(domain)
  if (signers.length === 0)
    throw new PluginError('certificate-invalid', 'A peer is not countersigned any more.')
  const ends = signers.map(server => ensureBound(domain, pemOf(authority), server, { text, signature }, now))
  return Promise.any(ends).catch(() => ends[0] ?? 0)
}

function pemOf(der: Buffer): string {
  const lines = der.toString('base64').replace(/.{64}(?=.)/g, '$&\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}

function outdated(): PluginError {
  return new PluginError(
    'certificate-outdated',
    'A peer shows an X.509 authority or a list that is older than the known one.',
  )
}

function refused(reason: string): PluginError {
  return new PluginError(
    'certificate-invalid',
    `The list of X.509 certificates that a peer took back ${reason}.`,
  )
}
