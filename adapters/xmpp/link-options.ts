// What the link is told, and the one place where its address is judged.
import { isIPv4 } from 'node:net'
import { PluginError } from '../../plugin/errors.js'
import type { Clock, Counters, Log, Random } from '../../plugin/ports.js'
import { defaultShape, type ShapeLimits } from './stanza-guard.js'

export interface LinkOptions {
  /** `xmpp://127.0.0.1:5347`; only loopback, see `ensureLoopback`. */
  readonly service: string
  /** The component's domain, normalised. */
  readonly domain: string
  readonly secret: string
  readonly clock?: Clock
  readonly random: Random
  readonly log: Log
  readonly counters: Counters
  readonly limits?: Partial<LinkLimits>
}

export interface LinkLimits extends ShapeLimits {
  /** Octets of a stanza on its way out. A host closes the whole stream over a larger one; both take 524,288. */
  readonly output: number
  /** Octets that may wait for the host to take them. */
  readonly waiting: number
  /** Characters of a stanza on its way in; longer ones are refused unread. */
  readonly input: number
  /** Characters without the end of a stanza at which the host is given up. Prosody lets half as many wait. */
  readonly endless: number
}

export const defaultLimits: LinkLimits = {
  ...defaultShape,
  output: 393_216,
  waiting: 1_048_576,
  input: 524_288,
  endless: 67_108_864,
}

/**
 * Checks the host's address.
 * @throws PluginError `config-invalid` for anything but loopback: a component's stream is neither encrypted nor
 * authenticated by more than a hash (XEP-0114 s7)
 */
export function ensureLoopback(service: string): void {
  const url = URL.canParse(service) ? new URL(service) : null
  const name = url?.hostname ?? ''
  const isLoopback = name === 'localhost' || name === '[::1]' || (isIPv4(name) && name.startsWith('127.'))
  if (url?.protocol === 'xmpp:' && isLoopback) return
  throw new PluginError(
    'config-invalid',
    'The host is reached without encryption, so its service address has to be on this machine, like xmpp://127.0.0.1:5347; to a host on another machine lay a tunnel (stunnel, SSH, WireGuard) that begins here.',
  )
}
