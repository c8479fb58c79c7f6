// The status for a monitoring system, in the text format of Prometheus (version 0.0.4).
import type { Cancel, Clock } from '../ports.js'
import { every } from '../repeat.js'
import type { Status, StatusReport } from './report.js'

export interface Metrics {
  /** The whole page. */
  render(): string
  stop: Cancel
}

/**
 * What is recorded every few seconds for years must not tell when somebody wrote, which is what the speakers' clock hides, nor when somebody
 * made or dropped a pseudonym, which the time of its key hides: figures that depend on users change this seldom only.
 */
const usersEvery = 600_000

export function createMetrics(status: Status, clock: Clock): Metrics {
  let calm = status()
  const stop = every(clock, usersEvery, () => {
    calm = status()
  })
  return {
    stop,
    render: () => pageOf(status(), calm),
  }
}

function pageOf(now: StatusReport, calm: StatusReport): string {
  return [...healthFamilies(now), ...peerFamilies(now), ...messageFamilies(calm), ...userFamilies(calm)]
    .map(renderFamily)
    .join('')
}

interface Sample {
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
}

interface MetricFamily {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  readonly samples: readonly Sample[]
}

type Type = MetricFamily['type']

function family(name: string, type: Type, help: string, ...samples: readonly Sample[]): MetricFamily {
  return { name: `p3do_${name}`, type, help, samples }
}

// What is not known yet has no sample.
function known(
  peers: StatusReport['peers'],
  valueOf: (peer: StatusReport['peers'][number]) => number | null,
): Sample[] {
  return peers.flatMap(peer => {
    const value = valueOf(peer)
    return value === null ? [] : [{ labels: { peer: peer.peer }, value }]
  })
}

function healthFamilies({ version, uptime, keys, spoken, heard }: StatusReport): MetricFamily[] {
  return [
    family('info', 'gauge', 'Version of the plugin.', { labels: { version }, value: 1 }),
    family('uptime_seconds', 'gauge', 'Time since the start.', { value: uptime }),
    family('routing_key_ends_seconds', 'gauge', 'Time until the newest routing key ends.', {
      value: keys.routingKeyEndsIn,
    }),
    family(
      'context_spoken_cells_per_second',
      'gauge',
      'Cells spoken in each own context, over the last minute.',
      ...spoken.map(({ group, cells }, at) => ({ labels: { group, number: String(at + 1) }, value: cells })),
    ),
    family(
      'context_heard_cells_per_second',
      'gauge',
      'Cells heard from each context of a peer, over the last minute.',
      ...heard.map(({ peer, group, context, cells }) => ({ labels: { peer, group, context }, value: cells })),
    ),
  ]
}

function peerFamilies({ returned, peers }: StatusReport): MetricFamily[] {
  const ofPeers = (value: (peer: StatusReport['peers'][number]) => number): Sample[] =>
    peers.map(peer => ({ labels: { peer: peer.peer }, value: value(peer) }))
  return [
    family(
      'peer_federated',
      'gauge',
      'Whether a peer and this server have countersigned each other.',
      ...ofPeers(({ federated }) => Number(federated)),
    ),
    family(
      'peer_reachable',
      'gauge',
      'Whether a peer can be a hop now.',
      ...ofPeers(({ reachable }) => Number(reachable)),
    ),
    family(
      'loop_return_ratio',
      'gauge',
      'Part of the last cells that this server sent to itself that came back, whichever peers they went over.',
      ...(returned.ratio === null ? [] : [{ value: returned.ratio }]),
    ),
    family(
      'peer_return_ratio',
      'gauge',
      'Part of the last such cells over a peer that came back.',
      ...known(peers, ({ returned: { ratio } }) => ratio),
    ),
    family(
      'peer_loop_seconds',
      'gauge',
      'Median of the time that these took.',
      ...known(peers, ({ returned: { latency } }) => latency),
    ),
    family(
      'peer_muted',
      'gauge',
      'Whether a peer is not listened to because of its faults as a speaker.',
      ...ofPeers(({ conduct }) => Number(conduct.mutedFor !== null)),
    ),
    family(
      'peer_fault_seconds',
      'gauge',
      'What the faults of a peer as a speaker are worth, in seconds of its clock; it fades.',
      ...ofPeers(({ conduct }) => conduct.score),
    ),
    family(
      'peer_early_cells_total',
      'counter',
      'Cells of a peer that were not looked at because they came before their time.',
      ...ofPeers(({ conduct }) => conduct.tooFast),
    ),
  ]
}

function messageFamilies({ sent, received, spoken, onionShare }: StatusReport): MetricFamily[] {
  return [
    family(
      'messages_waiting',
      'gauge',
      'Messages that are not acknowledged yet: queued, or on their way.',
      { labels: { state: 'queued' }, value: sent.queued },
      { labels: { state: 'in_flight' }, value: sent.inFlight },
    ),
    family('message_oldest_seconds', 'gauge', 'Age of the oldest of them.', { value: sent.oldest ?? 0 }),
    family('messages_accepted_total', 'counter', 'Messages of own users that were accepted.', {
      value: sent.accepted,
    }),
    family('messages_acknowledged_total', 'counter', 'Messages that their receiver acknowledged.', {
      value: sent.acknowledged,
    }),
    family('parts_resent_total', 'counter', 'Parts of messages that were sent once more.', {
      value: sent.resent,
    }),
    family(
      'messages_failed_total',
      'counter',
      'Messages whose senders were told that they did not arrive.',
      { labels: { reason: 'not_acknowledged' }, value: sent.givenUp },
      { labels: { reason: 'refused' }, value: sent.refused },
    ),
    family(
      'messages_received_total',
      'counter',
      'Messages for own users.',
      { labels: { shown: 'yes' }, value: received.shown },
      { labels: { shown: 'no' }, value: received.notShown },
    ),
    family('parts_kept', 'gauge', 'Parts that came in and wait for others or for the host.', {
      value: received.kept,
    }),
    family('onions_waiting', 'gauge', 'Onions that wait to be spoken, in all own contexts.', {
      value: spoken.reduce((sum, { waiting }) => sum + waiting, 0),
    }),
    family('onion_share_ratio', 'gauge', 'Part of all heard cells that were onions, since the start.', {
      value: (onionShare ?? 0) / 100,
    }),
  ]
}

function userFamilies({ pseudonyms }: StatusReport): MetricFamily[] {
  return [
    family('pseudonyms', 'gauge', 'Pseudonyms of own users, all together.', {
      value: pseudonyms,
    }),
  ]
}

function renderFamily({ name, type, help, samples }: MetricFamily): string {
  const lines = samples.map(({ labels = {}, value }) => `${name}${renderLabels(labels)} ${String(value)}`)
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n')
}

function renderLabels(labels: Readonly<Record<string, string>>): string {
  const written = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return written.length === 0 ? '' : `{${written.join(',')}}`
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
