// Opens onions that are for a key of this server and does what their layer says (PROTO s5, s8).
import { createHash } from 'node:crypto'
import { PluginError } from '../errors.js'
import type { Clock, Counters, Log, OnionStore, Random, Trace } from '../ports.js'
import type { TaggedOnion } from './cell.js'
import { parseContents, type Contents, type Speak } from './contents.js'
import type { Flood } from './flood.js'
import type { Outward } from './outward.js'
import type { OwnContext } from './own-context.js'
import { openOwned, type OwnedKey, type OwnedLayer, type TaggedKeys } from './owners.js'
import { shortName, type Bringer } from './speaker.js'

export interface PeelOptions {
  readonly trialKeys: () => readonly OwnedKey[]
  readonly taggedKeys: TaggedKeys
  readonly own: () => readonly OwnContext[]
  readonly originate: Flood['originate']
  readonly outward: Outward
  readonly extraHops: number
  /** Mean of the exponential delay of a peeled onion that is forwarded, milliseconds. */
  readonly meanDelay: number
  readonly store: OnionStore
  readonly deliver: Deliver
  /** Takes the identifier that a `loop` layer held. */
  readonly looped: (id: Buffer) => void
  readonly clock: Clock
  readonly random: Random
  readonly counters: Counters
  readonly trace: Trace
  readonly log: Log
}

/** Takes what a `deliver` layer held, with the tag under which its key was found; `null` for a routing key. */
export type Deliver = (octets: Buffer, tag: Buffer | null) => Promise<void>

/** Returns what the flood calls with every onion that it hears first; it never throws. */
export function createPeel(options: PeelOptions): (onion: TaggedOnion, bringer: Bringer) => void {
  const { counters } = options
  return (onion, bringer) => {
    void open(options, onion, bringer).catch((error: unknown) => {
      counters.count('onions refused')
      if (!(error instanceof PluginError))
        options.log.error({ err: error }, 'An onion could not be processed.')
    })
  }
}

async function open(options: PeelOptions, onion: TaggedOnion, bringer: Bringer): Promise<void> {
  const layer = openOwned(onion, options.trialKeys(), options.taggedKeys)
  if (layer === null) {
    options.counters.count('onions not ours')
    return
  }
  const contents = parseContents(layer.contents, layer.tag)
  ensureAllowed(contents, layer.owned)
  if (!(await isFirst(options, layer))) return
  options.counters.count(`layers opened: ${contents.kind}`)
  options.trace({
    event: 'peeled',
    onion: shortName(onion),
    layer: contents.kind,
    key: layer.owned.owner.kind,
    ...(contents.kind === 'forward' && { next: contents.next }),
  })
  await act(options, contents, layer, bringer)
}

const allowed: Readonly<Record<OwnedKey['owner']['kind'], readonly Contents['kind'][]>> = {
  context: ['speak'],
  server: ['forward', 'deliver', 'loop', 'drop'],
  tag: ['deliver', 'loop'],
}

function ensureAllowed(contents: Contents, { owner }: OwnedKey): void {
  if (!allowed[owner.kind].includes(contents.kind)) {
    throw new PluginError('bad-format', 'A layer says what its key is not for.')
  }
}

// On disk before it is acted on: the same layer never counts twice, not even after a crash (PROTO s8.3).
async function isFirst({ store, counters }: PeelOptions, { secret, owned }: OwnedLayer): Promise<boolean> {
  const name = createHash('sha256').update('P3DO replay\0').update(secret).digest().subarray(0, 16)
  const first = await store.addOpened(name, owned.expires)
  if (!first) counters.count('replays ignored')
  return first
}

async function act(
  options: PeelOptions,
  contents: Contents,
  { owned, tag }: OwnedLayer,
  bringer: Bringer,
): Promise<void> {
  switch (contents.kind) {
    case 'forward':
      later(options, options.meanDelay, () => {
        options.outward(contents.inner, contents.next, options.extraHops, bringer)
      })
      break
    case 'speak':
      later(options, contextOf(options, owned)?.pace.meanDelay ?? 0, () => {
        speakInContext(options, contents, owned, bringer)
      })
      break
    case 'deliver':
      await options.deliver(contents.parcel, tag)
      break
    case 'loop':
      options.looped(contents.id)
      break
    case 'drop':
      break // cover ends here
  }
}

function later({ clock, random, log }: PeelOptions, meanDelay: number, run: () => void): void {
  clock.after(meanDelay === 0 ? 0 : random.exponential(meanDelay), () => {
    try {
      run()
    } catch (error) {
      log.error({ err: error }, 'An opened onion could not be sent on.')
    }
  })
}

function speakInContext(options: PeelOptions, { inner }: Speak, owned: OwnedKey, bringer: Bringer): void {
  const context = contextOf(options, owned)
  if (context) options.originate(inner, [context], bringer)
  else options.counters.count('onions dropped: context closed')
}

function contextOf({ own }: PeelOptions, { owner }: OwnedKey): OwnContext | undefined {
  return own().find(({ address }) => owner.kind === 'context' && owner.context === address)
}
