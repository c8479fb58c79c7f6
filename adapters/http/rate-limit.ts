// How much one client may ask in a minute.
import { BlockList, isIPv6 } from 'node:net'
import type { Clock } from '../../plugin/ports.js'

const minute = 60_000
const mostClients = 65_536

/** A function that says whether a client may spend so much more now. What it remembers is bounded. */
export function createRateLimit(clock: Clock, perMinute: number): (client: string, cost: number) => boolean {
  const spent = new Map<string, { since: number; cost: number }>()
  return (client, cost) => {
    const now = clock.steady()
    const known = spent.get(client)
    if (known && now - known.since < minute) {
      known.cost += cost
      return known.cost <= perMinute
    }
    // The oldest come first, because whoever begins a new minute goes to the end.
    spent.delete(client)
    const [oldest] = spent.keys()
    if (spent.size >= mostClients && oldest !== undefined) spent.delete(oldest)
    spent.set(client, { since: now, cost })
    return cost <= perMinute
  }
}

/** Who counts as one client: an IPv4 address, or the first 64 bits of an IPv6 address, which one machine has for itself. */
export function clientOf(address: string): string {
  if (address.includes('.') || !isIPv6(address)) return address
  const [head = '', tail = ''] = address.split('::')
  const [front, back] = [head, tail].map(part => part.split(':').filter(group => group !== ''))
  const gap = Array.from({ length: 8 - (front?.length ?? 0) - (back?.length ?? 0) }, () => '0')
  return [...(front ?? []), ...gap, ...(back ?? [])].slice(0, 4).join(':')
}

/** Whether that address is this machine's, where a proxy may stand that speaks for many. */
export function isProxy(address: string): boolean {
  return loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')
