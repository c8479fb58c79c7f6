// Requests between servers about contexts: which there are, and a member's question for keys and routes (PROTO s9.4).
import * as v from 'valibot'
import { PluginError } from '../errors.js'
import { usableWrappingKey } from '../openpgp/index.js'
import type { Federation, Peer } from '../pki/index.js'
import type { Clock, ContextAddress, Fingerprint, ListenerAddress } from '../ports.js'
import { mostListed } from '../profiles.js'
import { parseReceived } from '../received.js'
import { epochOf } from './epoch.js'
import type { OwnContext } from './own-context.js'
import { farthest, type ContextRoute, type Routes } from './routes.js'

const mostRoutesTold = 256
const octets32 = v.pipe(v.string(), v.regex(/^[A-Za-z0-9+/]{43}=$/u))
const address = v.pipe(
  v.string(),
  v.maxLength(1023),
  v.transform(text => text as ContextAddress),
)
const fingerprint = v.pipe(
  v.string(),
  v.regex(/^04[0-9a-f]{40}$/u),
  v.transform(text => text as Fingerprint),
)
const epoch = v.pipe(v.number(), v.integer(), v.minValue(0))
const reach = v.strictObject({
  server: fingerprint,
  distance: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(farthest)),
})
// Nobody needs a faster clock, and one that claims a faster one could flood.
const interval = v.pipe(v.number(), v.integer(), v.minValue(25), v.maxValue(24 * 3_600_000))
const listed = v.strictObject({ address, group: v.pipe(v.string(), v.maxLength(64)), interval })
const route = v.strictObject({
  context: address,
  speaker: fingerprint,
  epoch,
  key: octets32,
  reaches: v.pipe(v.array(reach), v.maxLength(1024)),
  /** It is shown to chosen servers only: whoever learns of it tells nobody. */
  lent: v.optional(v.literal(true)),
})

const listAnswer = v.strictObject({ contexts: v.pipe(v.array(listed), v.maxLength(mostListed)) })
const joinRequest = v.strictObject({
  context: address,
  listener: v.pipe(
    v.string(),
    v.maxLength(1023),
    v.transform(text => text as ListenerAddress),
  ),
})
const joinAnswer = v.strictObject({
  links: v.pipe(v.array(v.strictObject({ epoch, link: octets32 })), v.minLength(1), v.maxLength(3)),
  routes: v.pipe(v.array(route), v.maxLength(mostRoutesTold)),
  /** In a room that is lent: under which name its speaker is there now, since its owners may speak as well. */
  voice: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(1023)))),
})

/** A context of another server, as it is listed to those who may ask to join. */
export type ListedContext = v.InferOutput<typeof listed>

/** What a member gets: link keys by epoch, and the context as a route beside those that its speaker knows. */
export interface Membership {
  readonly links: readonly { readonly epoch: number; readonly link: Buffer }[]
  readonly routes: readonly ContextRoute[]
  /** The name of its speaker where others may speak as well, `null` while he is not there; absent where nobody else may. */
  readonly voice?: string | null
}

/** Answers the requests of countersigned servers. `joined` is called when one was let into a context for the first time. */
export function serveMembership(
  federation: Federation,
  own: () => readonly OwnContext[],
  routes: Routes,
  clock: Clock,
  joined: (context: OwnContext) => void,
): void {
  // One that a server may not know is to it as if there were none.
  const shownTo = ({ domain }: Peer): readonly OwnContext[] => own().filter(context => context.admits(domain))
  federation.serve('contexts', peer =>
    Promise.resolve({
      contexts: shownTo(peer).map(({ address: at, group, pace }) => ({
        address: at,
        group,
        interval: pace.interval,
      })),
    }),
  )
  federation.serve('join', async (peer, body) => {
    const { context: asked, listener } = parseReceived(joinRequest, body)
    const context = shownTo(peer).find(({ address: at }) => at === asked)
    if (!context) throw noneOfOurs()
    const isNew = !context.members.has(peer.fingerprint)
    await context.admit(peer.fingerprint, listener)
    // Its leave may have been taken back meanwhile.
    if (!context.admits(peer.domain)) {
      await context.expel(peer.fingerprint)
      throw noneOfOurs()
    }
    if (isNew) joined(context)
    const links = context.epochs.map(({ epoch: of, link }) => ({ epoch: of, link: link.toString('base64') }))
    const told = describeRoutes(federation.self, shownTo(peer), routes, epochOf(clock.now()))
    return { links, routes: told, ...(context.lent && { voice: context.voice() }) }
  })
}

function noneOfOurs(): PluginError {
  return new PluginError('bad-format', 'A peer asked for a context that is none of this server.')
}

/** Asks a server for its contexts. */
export async function askContexts(federation: Federation, peer: Peer): Promise<readonly ListedContext[]> {
  return parseReceived(listAnswer, await federation.ask(peer, 'contexts', {})).contexts
}

/** Asks to be let into a context, or as a member for its keys and routes of today. */
export async function askJoin(
  federation: Federation,
  peer: Peer,
  context: ContextAddress,
  listener: ListenerAddress,
): Promise<Membership> {
  const answer = parseReceived(joinAnswer, await federation.ask(peer, 'join', { context, listener }))
  // Nobody else speaks in the context that was asked for.
  const known = answer.routes.filter(
    ({ speaker, context: at }) => speaker === peer.fingerprint || at !== context,
  )
  return {
    links: answer.links.map(({ epoch: of, link }) => ({ epoch: of, link: Buffer.from(link, 'base64') })),
    routes: known.map(learned => readRoute(learned, learned.speaker === peer.fingerprint)),
    ...(answer.voice !== undefined && { voice: answer.voice }),
  }
}

function readRoute(
  { reaches, key, lent, ...rest }: v.InferOutput<typeof route>,
  direct: boolean,
): ContextRoute {
  const added = direct ? 0 : 1
  const near = reaches.filter(({ distance }) => distance + added <= farthest)
  return {
    ...rest,
    ...(lent && { lent }),
    direct,
    key: usableWrappingKey(Buffer.from(key, 'base64')),
    reaches: new Map(near.map(({ server, distance }) => [server, distance + added])),
  }
}

// The own contexts first, in whatever group they are: through a server of two groups leads the way from one to the other.
function describeRoutes(
  self: Fingerprint,
  own: readonly OwnContext[],
  routes: Routes,
  today: number,
): v.InferInput<typeof joinAnswer>['routes'] {
  const current = own.flatMap(({ address: context, epochs, members, lent }) =>
    epochs
      .filter(({ epoch: of }) => of === today)
      .map(({ epoch: of, key }) => ({
        context,
        speaker: self,
        epoch: of,
        key: key.octets.toString('base64'),
        reaches: [...members.keys()].map(server => ({ server, distance: 1 })),
        ...(lent && { lent }),
      })),
  )
  const open = routes.all().filter(({ lent }) => !lent)
  const others = open.map(({ context, speaker, epoch: of, key, reaches }) => ({
    context,
    speaker,
    epoch: of,
    key: key.octets.toString('base64'),
    reaches: [...reaches].map(([server, distance]) => ({ server, distance })),
  }))
  return [...current, ...others].slice(0, mostRoutesTold)
}
