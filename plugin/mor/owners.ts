// Finds the key of ours, if any, to which an onion is wrapped: by its tag, else by trial (PROTO s8.2).
import { readLayer, type OpenedLayer, type UnwrappingKey } from '../openpgp/index.js'
import type { ContextAddress } from '../ports.js'
import type { TaggedOnion } from './cell.js'
import { epochOf, epochStart } from './epoch.js'
import type { OwnContext } from './own-context.js'

/** A key with what it stands for and until when a replay under it must be known. */
export interface OwnedKey {
  readonly owner:
    | { readonly kind: 'server' }
    | { readonly kind: 'context'; readonly context: ContextAddress }
    | { readonly kind: 'tag' }
  readonly key: UnwrappingKey
  /** Milliseconds; after this the key is gone. */
  readonly expires: number
}

/** An onion that one of our keys opened. */
export interface OwnedLayer extends OpenedLayer {
  readonly owned: OwnedKey
  /** The tag under which its owner was found, `null` for trial. */
  readonly tag: Buffer | null
}

/** Keys that are found by their tag: one-time reply keys and visiting users. */
export interface TaggedKeys {
  find(tag: Buffer): OwnedKey | null
}

/**
 * Opens an onion with whichever of our keys it is for.
 * @param trial the few keys that are tried: routing keys and context keys, current and previous
 * @returns `null` when it is for none of them
 * @throws PluginError `bad-format` when it is ours and broken
 */
export function openOwned(
  { tag, onion }: TaggedOnion,
  trial: readonly OwnedKey[],
  tagged: TaggedKeys,
): OwnedLayer | null {
  const open = readLayer(onion)
  const registered = tagged.find(tag)
  const byTag = registered && open(registered.key)
  if (byTag) return { ...byTag, owned: registered, tag }
  for (const owned of trial) {
    const opened = open(owned.key)
    if (opened) return { ...opened, owned, tag: null }
  }
  return null
}

/**
 * The keys that are tried: the server's routing keys and the keys of its contexts. None outlives its time, not even until
 * the next renewal, because replays under it are forgotten then (PROTO s8.3). Tomorrow's context key, which nobody was
 * given as a route yet, is not tried: a trial is what a foreign onion costs most.
 */
export function trialKeys(
  routing: readonly Omit<OwnedKey, 'owner'>[],
  contexts: readonly Pick<OwnContext, 'address' | 'epochs'>[],
  now: number,
): OwnedKey[] {
  const server = routing.map(({ key, expires }) => ({ owner: { kind: 'server' as const }, key, expires }))
  const today = epochOf(now)
  const context = contexts.flatMap(({ address, epochs }) =>
    epochs
      .filter(({ epoch }) => epoch <= today)
      .map(({ key, epoch }) => ({
        owner: { kind: 'context' as const, context: address },
        key,
        expires: epochStart(epoch + 2),
      })),
  )
  return [...server, ...context].filter(({ expires }) => expires > now)
}

/** Tagged keys that come and go. */
export interface TaggedKeyTable extends TaggedKeys {
  register(tag: Buffer, key: OwnedKey): void
  forget(tag: Buffer): void
}

/** A table of tagged keys with a bound; the oldest goes first. */
export function createTaggedKeys(limit: number): TaggedKeyTable {
  const keys = new Map<string, OwnedKey>()
  return {
    find: tag => keys.get(tag.toString('latin1')) ?? null,
    register(tag, key) {
      keys.set(tag.toString('latin1'), key)
      const [oldest] = keys.keys()
      if (keys.size > limit && oldest !== undefined) keys.delete(oldest)
    },
    forget: tag => void keys.delete(tag.toString('latin1')),
  }
}
