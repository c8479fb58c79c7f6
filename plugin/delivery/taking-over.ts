// At home: takes over what the server that a user visited says of his conversations (PROTO s12.6).
import { homeOf } from '../addresses.js'
import { PluginError } from '../errors.js'
import type { Directory, Federation, Peer } from '../pki/index.js'
import type { Clock, Counters, DeliveryStore, Domain, UserAddress } from '../ports.js'
import { parseReceived } from '../received.js'
import type { Sealer } from '../sealer.js'
import { parseProof, verifyProof, type ProvenVisit } from '../visits/index.js'
import type { Work } from '../work.js'
import { incomingName, type Receiver } from './receiver.js'
import { isNoted, note } from './visit-notes.js'
import { visitedRequest, type VisitedRequest } from './visited-request.js'

export interface TakingOverOptions {
  readonly domain: Domain
  readonly federation: Pick<Federation, 'serve'>
  readonly directory: Pick<Directory, 'user'>
  readonly receiver: Pick<Receiver, 'takeOver'>
  /** Makes another mailbox key for an own user: the server that he visited knows the last one. */
  readonly renewMailbox: (user: UserAddress) => Promise<void>
  /** Tells an own user of a visit that is over, so that one is noticed that was somebody else's; never throws. */
  readonly visitOver: (user: UserAddress, visit: ProvenVisit) => Promise<void>
  readonly store: Pick<DeliveryStore, 'loadIncoming' | 'saveIncoming'>
  readonly sealer: Sealer
  readonly work: Work
  readonly clock: Clock
  readonly counters: Counters
}

// As long as what is missing is waited for.
const longestAway = 8 * 86_400_000

/** Answers those who were visited. */
export function serveTakingOver(options: TakingOverOptions): void {
  options.federation.serve('visited', async (peer, body) => {
    const request = parseReceived(visitedRequest, body)
    await ensureVisited(options, peer, request)
    if (!(await isDone(options, request))) await takeOver(options, request)
    return {}
  })
}

async function ensureVisited(
  { domain, directory, work, clock }: TakingOverOptions,
  peer: Peer,
  { user, proof }: VisitedRequest,
): Promise<void> {
  if (homeOf(user) !== domain) throw refused('is for a user of another server')
  const { from, until, server } = parseProof(proof)
  const now = clock.now()
  if (server !== peer.domain) throw refused('comes from another server than the one that was visited')
  if (from > now + 600_000 || now > until + longestAway) throw refused('is not of this time')
  // The time of the visit may be over by now.
  await verifyProof(work, proof, user, await directory.user(user), Math.min(now, until))
}

async function takeOver(options: TakingOverOptions, request: VisitedRequest): Promise<void> {
  const { receiver, sealer, counters, renewMailbox, visitOver } = options
  const { user: recipient, conversations, proof, last } = request
  for (const { next, unshown, ...conversation } of conversations)
    await receiver.takeOver(incomingName(sealer, { ...conversation, recipient }), { next, unshown })
  if (!last) return
  await renewMailbox(recipient)
  await visitOver(recipient, parseProof(proof))
  await note(options.store, doneName(options, request))
  counters.count('visits taken over')
}

// Once all is said of a visit, nothing more is taken: who was visited moves no conversation later. What was signed names it, since
// one signature can be written in several ways.
function isDone(options: TakingOverOptions, request: VisitedRequest): Promise<boolean> {
  return isNoted(options.store, doneName(options, request))
}

function doneName({ sealer }: TakingOverOptions, { user, proof }: VisitedRequest): Buffer {
  const { server, nonce } = parseProof(proof)
  return sealer.name(`visit taken over ${user} ${server} ${nonce.toString('hex')}`)
}

function refused(reason: string): PluginError {
  return new PluginError('bad-format', `What a server says of a visit ${reason}.`)
}
