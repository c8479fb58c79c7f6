// What the demo's servers saw pass, looked through for cells and for texts that should be nowhere.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Observation, Span } from './demo-stage.js'
import type { HostServer } from './host-server.js'

interface Tapped {
  readonly time: number
  readonly direction: 'in' | 'out' | 'room'
  readonly from: string
  readonly to: string
  readonly xml: string
}

/** Reads the taps of those servers that have one, which see what goes to and from all others. */
export async function readTaps(
  servers: readonly HostServer[],
  span: Span,
  texts: readonly string[],
): Promise<Observation> {
  const [cells, lengths, found] = [new Map<string, number>(), new Set<number>(), new Set<string>()]
  const tapped = servers.filter(({ kind }) => kind === 'prosody')
  const others = servers.filter(({ kind }) => kind !== 'prosody').map(({ rooms }) => rooms)
  let searched = 0
  for (const server of tapped) {
    for await (const line of createInterface({ input: createReadStream(server.tap) })) {
      const seen = JSON.parse(line) as Tapped
      if (seen.time < span.from || seen.time > span.until) continue
      searched++
      for (const text of texts) if (seen.xml.includes(text)) found.add(text)
      const room = roomOf(seen, server === tapped[0] ? others : [])
      const frame = room === null ? undefined : /<cell [^>]*>([^<]*)<\/cell>/u.exec(seen.xml)?.[1]
      if (room === null || frame === undefined) continue
      cells.set(room, (cells.get(room) ?? 0) + 1)
      lengths.add(frame.length)
    }
  }
  return { cells, lengths, searched, found: [...found] }
}

// A room of a server without a tap is counted where one of the listeners sits.
function roomOf({ direction, from, to }: Tapped, others: readonly string[]): string | null {
  if (direction === 'room') return to
  const [room = ''] = from.split('/')
  return direction === 'in' && others.some(rooms => room.endsWith(`@${rooms}`)) ? room : null
}
