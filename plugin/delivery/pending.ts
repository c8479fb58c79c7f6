// What a user is told of his messages that are on their way.
import type { PluginError } from '../errors.js'
import type { DeliveryStore, UserAddress } from '../ports.js'
import type { Sealer } from '../sealer.js'
import type { Flight } from './flights.js'
import { loadOutgoing } from './outgoing-message.js'

/** How a message stands that its sender waits for. */
export interface PendingMessage {
  readonly recipient: UserAddress
  /** Milliseconds. */
  readonly accepted: number
  /** How often it was sent since the start. */
  readonly attempts: number
  /** Why it could not leave the last time, `null` where it could. */
  readonly obstacle: PluginError | null
}

/** Messages of a user that are not acknowledged, the oldest first. */
export async function pendingOf(
  { store, sealer }: { readonly store: DeliveryStore; readonly sealer: Sealer },
  flights: readonly Flight[],
  user: UserAddress,
): Promise<readonly PendingMessage[]> {
  const pending: PendingMessage[] = []
  for (const flight of flights.filter(({ sender }) => sender === user)) {
    const message = await loadOutgoing(store, sealer, flight)
    const { accepted, attempts, obstacle } = flight
    if (message?.kind === 'message')
      pending.push({ recipient: message.recipient, accepted, attempts, obstacle })
  }
  return pending.sort((one, other) => one.accepted - other.accepted)
}
