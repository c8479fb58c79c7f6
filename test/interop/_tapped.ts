// What the laboratory's servers saw pass: room broadcasts and everything between servers.
import { readFileSync } from 'node:fs'
import type { Network } from '../lab/network.js'

export interface Tapped {
  readonly time: number
  readonly direction: 'in' | 'out' | 'room'
  readonly server: string
  readonly from: string
  readonly to: string
  readonly xml: string
}

/** Everything that was tapped on all servers so far. */
export function readTaps(network: Network): Tapped[] {
  return Object.values(network.servers).flatMap(({ tap }) =>
    readFileSync(tap, 'utf8')
      .split('\n')
      .filter(line => line.endsWith('}'))
      .map(line => JSON.parse(line) as Tapped),
  )
}

/** The frames in a piece of XML. */
export function framesIn(xml: string): string[] {
  return [...xml.matchAll(/<cell[^>]*>([^<]*)<\/cell>/gu)].map(([, frame = '']) => frame)
}

/** Base64 octets that servers sent each other as requests and answers. */
export function requestsIn(xml: string): Buffer[] {
  return [...xml.matchAll(/<(?:request|answer)[^>]*>([^<]*)</gu)].map(([, text = '']) =>
    Buffer.from(text, 'base64'),
  )
}
