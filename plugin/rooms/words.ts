// What owners of rooms are told.
import type { Peer } from '../pki/index.js'
import type { ContextAddress, Domain } from '../ports.js'
import { paceOf, type LentRoom } from './lent-room.js'

export function addedWords(room: ContextAddress): string {
  return `${room} is a context now. No server may listen in it yet: write "rooms allow ${room} b.example" for each that may.`
}

/** A server that may listen, and whether it does. */
export function serverRows(
  { record, lent }: LentRoom,
  peers: readonly Peer[],
): readonly (readonly string[])[] {
  const listens = (peer: Peer): boolean =>
    lent?.context.speaking === true && lent.context.members.has(peer.fingerprint)
  const stateOf = (server: Domain): string => {
    const peer = peers.find(({ domain }) => domain === server)
    if (!peer) return 'allowed; not federated with this server now, so it does not listen'
    return listens(peer) ? 'listens' : 'allowed; does not listen now'
  }
  return record.allowed.map(server => [server, stateOf(server)])
}

export function statusWords(room: LentRoom, peers: readonly Peer[]): string {
  const { record } = room
  const servers = serverRows(room, peers).map(([server, state]) => `  ${server ?? ''}: ${state ?? ''}`)
  return [
    `${record.room}, lent since ${new Date(record.since).toISOString().slice(0, 16)}Z`,
    `State: ${stateWords(room)}`,
    `Pace: ${record.profile}, a cell every ${String(paceOf(record).interval)} ms`,
    'Servers that may listen:',
    ...(servers.length > 0 ? servers : ['  none']),
  ].join('\n')
}

export function stateWords({ record, lent, trouble }: LentRoom): string {
  if (trouble !== null) return `NO CONTEXT NOW: ${trouble}`
  if (record.paused) return 'paused'
  return `speaks ${(lent?.context.spokenPerSecond() ?? 0).toFixed(1)} cells/s`
}
