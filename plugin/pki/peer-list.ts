// Whom this server federates with: the peers of the configuration, those that an admin added, and, where the policy is
// open, those that asked (PROTO s9.1).
import { isOfPseudonyms } from '../addresses.js'
import { PluginError } from '../errors.js'
import type {
  Clock,
  Counters,
  Domain,
  Fingerprint,
  Log,
  PeerAddress,
  PeerLink,
  PeerStore,
  StoredPeer,
} from '../ports.js'
import type { PeerChoice } from './contacts.js'
import type { Federation } from './federation.js'

/** `open`: also with whoever asks; `list`: with the peers of the configuration and those added; `off`: with nobody. */
export type FederationPolicy = 'open' | 'list' | 'off'

/** A server of the list as commands tell of it. */
export interface ListedPeer {
  readonly domain: Domain
  readonly origin: 'configured' | 'added' | 'asked'
  /** Of the certificate that is trusted now, `null` where the two are not federated now. */
  readonly fingerprint: Fingerprint | null
}

export interface PeerList {
  list(): readonly ListedPeer[]
  /** @throws PluginError `command-invalid` for one of the configuration, this server itself, or the policy `off` */
  add(domain: Domain, fingerprint: Fingerprint | null): Promise<void>
  /** It is not met again when it asks, only when it is added. @throws PluginError `command-invalid` as above */
  remove(domain: Domain): Promise<void>
}

export interface PeerListOptions {
  readonly domain: Domain
  readonly policy: FederationPolicy
  /** The peers of the configuration. */
  readonly configured: readonly PeerChoice[]
  readonly store: PeerStore
  readonly link: PeerLink
  readonly clock: Clock
  readonly counters: Counters
  readonly log: Log
}

// Each is a contact that is kept up; the configuration takes as many.
const mostPeers = 1000
const mostMeetings = 8

/** With whom to begin at the start. */
export async function initialChoices(options: PeerListOptions): Promise<readonly PeerChoice[]> {
  const { policy, configured, store, link } = options
  if (policy === 'off') return []
  const stored = (await store.loadPeers()).filter(
    ({ domain, origin }) => origin !== 'removed' && !isConfigured(configured, domain),
  )
  return [
    ...configured,
    ...stored.map(({ domain, fingerprint, origin }) => ({
      domain,
      fingerprint,
      address: link.usualAddress(domain),
      isUsual: true,
      asked: origin === 'asked',
    })),
  ]
}

/** Keeps the list from now on. Begun with `initialChoices`. */
export async function createPeerList(options: PeerListOptions, federation: Federation): Promise<PeerList> {
  const { domain: own, policy, configured, store, link, clock } = options
  const known = new Map((await store.loadPeers()).map(peer => [peer.domain, peer]))
  const keep = async (
    domain: Domain,
    fingerprint: Fingerprint | null,
    origin: StoredPeer['origin'],
  ): Promise<void> => {
    const peer = { domain, fingerprint, origin, since: clock.now() }
    await store.savePeer(peer)
    known.set(domain, peer)
  }
  if (policy === 'open') meetWhoAsks(options, federation, known, keep)
  return {
    list: () =>
      federation.choices().map(({ domain }) => ({
        domain,
        origin: originOf(configured, known, domain),
        fingerprint: federation.peers().find(peer => peer.domain === domain)?.fingerprint ?? null,
      })),
    async add(domain, fingerprint) {
      if (policy === 'off') throw refused('federation.policy is "off"; set it to "list" to have peers.')
      if (domain === own) throw refused('This is this server itself.')
      ensureNotConfigured(configured, domain)
      if (isOfPseudonyms(domain)) throw refused('Name the server itself, without "p3do." before it.')
      if (federation.choices().length >= mostPeers) throw refused('There are a thousand peers; remove one.')
      await keep(domain, fingerprint, 'added')
      federation.add({ domain, fingerprint, address: link.usualAddress(domain), isUsual: true })
    },
    async remove(domain) {
      ensureNotConfigured(configured, domain)
      if (!federation.choices().some(choice => choice.domain === domain))
        throw refused('There is no such peer; see peers list.')
      await keep(domain, null, 'removed')
      federation.remove(domain)
    },
  }
}

type Keep = (domain: Domain, fingerprint: Fingerprint | null, origin: StoredPeer['origin']) => Promise<void>

// Who asks is met like a peer of the configuration without a fingerprint: a record in DNS must name its key where there
// is one. Nothing is kept of a server that cannot be met.
function meetWhoAsks(
  { domain: own, link, counters, log }: PeerListOptions,
  federation: Federation,
  known: ReadonlyMap<Domain, StoredPeer>,
  keep: Keep,
): void {
  const meeting = new Set<Domain>()
  const meet = async (domain: Domain, address: PeerAddress): Promise<void> => {
    const choice = { domain, address, isUsual: true, fingerprint: null, asked: true }
    try {
      await federation.meet(choice)
      await keep(domain, null, 'asked')
      federation.add(choice)
    } catch (error) {
      counters.count('servers that asked not met')
      const reason = error instanceof PluginError ? error.message : 'An unexpected error.'
      log.info({ peer: domain, err: error }, `A server asked to federate and is none: ${reason}`)
    }
  }
  federation.onIntroduced((from, domain) => {
    const address = link.usualAddress(domain)
    // Nobody can have this server ask a third one.
    if (from !== address || domain === own || known.get(domain)?.origin === 'removed') throw stranger()
    if (meeting.has(domain) || federation.choices().some(choice => choice.domain === domain)) return
    if (meeting.size >= mostMeetings || federation.choices().length >= mostPeers) throw stranger()
    meeting.add(domain)
    void meet(domain, address).finally(() => meeting.delete(domain))
  })
}

function originOf(
  configured: readonly PeerChoice[],
  known: ReadonlyMap<Domain, StoredPeer>,
  domain: Domain,
): ListedPeer['origin'] {
  if (isConfigured(configured, domain)) return 'configured'
  return known.get(domain)?.origin === 'asked' ? 'asked' : 'added'
}

function isConfigured(configured: readonly PeerChoice[], domain: Domain): boolean {
  return configured.some(choice => choice.domain === domain)
}

function ensureNotConfigured(configured: readonly PeerChoice[], domain: Domain): void {
  if (isConfigured(configured, domain))
    throw refused('This peer stands in federation.peers of the configuration; change it there.')
}

function refused(message: string): PluginError {
  return new PluginError('command-invalid', message)
}

function stranger(): PluginError {
  return new PluginError('not-a-member', 'This server does not meet the one that asks.')
}
