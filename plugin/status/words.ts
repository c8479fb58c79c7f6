// The status as people read it.
import type { StatusReport } from './report.js'

/** Some paragraphs, each with a line for each figure. */
export function statusWords(report: StatusReport): string {
  return [
    headWords(report),
    messageWords(report),
    titled('Contexts that this server speaks in', report.spoken.map(spokenLine)),
    titled('Contexts that it listens to', report.heard.map(heardLine)),
    titled('Peers', report.peers.map(peerLine)),
  ].join('\n\n')
}

function headWords({ version, server, fingerprint, uptime, keys, pseudonyms }: StatusReport): string {
  return [
    `P3DO ${version} of ${server}, running for ${duration(uptime)}, key ${fingerprint.slice(2).toUpperCase()}`,
    `Context keys of day ${String(keys.epoch)}, for ${duration(keys.epochEndsIn)} more; routing key for ${duration(keys.routingKeyEndsIn)} more`,
    `Pseudonyms of its users: ${String(pseudonyms)}`,
  ].join('\n')
}

function messageWords({ sent, received, onionShare }: StatusReport): string {
  const oldest = sent.oldest === null ? '' : `, the oldest for ${duration(sent.oldest)}`
  return titled('Messages since the start', [
    `waiting: ${String(sent.queued)} queued, ${String(sent.inFlight)} on their way${oldest}`,
    `sent: ${String(sent.accepted)} accepted, ${String(sent.acknowledged)} acknowledged, ${String(sent.resent)} parts sent again`,
    `failed: ${String(sent.givenUp)} given up, ${String(sent.refused)} refused by their receiver`,
    `received: ${String(received.shown)} shown, ${String(received.notShown)} not shown, ${String(received.kept)} parts kept`,
    ...(onionShare === null ? [] : [`cells heard: ${String(onionShare)} % carried onions of somebody`]),
  ])
}

function spokenLine({
  context,
  group,
  cells,
  declared,
  members,
  waiting,
}: StatusReport['spoken'][number]): string {
  return `${context} (${group}): ${rate(cells)} of ${rate(declared)} cells/s, servers that may listen: ${String(members)}, ${String(waiting)} onions wait`
}

function heardLine({ context, group, peer, cells }: StatusReport['heard'][number]): string {
  return `${context} of ${peer} (${group}): ${rate(cells)} cells/s`
}

function peerLine({ peer, federated, reachable, conduct, returned }: StatusReport['peers'][number]): string {
  const state = reachable
    ? 'reachable'
    : federated
      ? 'not reachable now'
      : 'not federated now; the log says why'
  return [`${peer}: ${state}`, ...returnedWords(returned), ...conductWords(conduct)].join('; ')
}

function returnedWords({ loops, ratio, latency }: StatusReport['returned']): string[] {
  if (ratio === null) return []
  const after = latency === null ? '' : `, half of them within ${latency.toFixed(1)} s`
  return [`${String(Math.round(100 * ratio))} % of ${String(loops)} own cells over it came back${after}`]
}

function conductWords({ score, mutedFor, tooFast }: StatusReport['peers'][number]['conduct']): string[] {
  return [
    ...(mutedFor === null ? [] : [`not listened to for ${duration(mutedFor)} more`]),
    ...(score === 0 ? [] : [`faults worth ${String(score)} s of its clock`]),
    ...(tooFast === 0 ? [] : [`${String(tooFast)} cells before their time`]),
  ]
}

function titled(title: string, lines: readonly string[]): string {
  return [`${title}:`, ...(lines.length === 0 ? ['none'] : lines).map(line => `  ${line}`)].join('\n')
}

function rate(perSecond: number): string {
  return perSecond.toFixed(1)
}

const units = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
] as const

/** Like "3 d 4 h": the two largest units. */
function duration(seconds: number): string {
  const parts: string[] = []
  let rest = seconds
  for (const [length, name] of units) {
    const count = Math.floor(rest / length)
    if (count > 0) parts.push(`${String(count)} ${name}`)
    rest -= count * length
  }
  if (parts.length === 0 || (parts.length === 1 && rest > 0)) parts.push(`${String(rest)} s`)
  return parts.slice(0, 2).join(' ')
}
