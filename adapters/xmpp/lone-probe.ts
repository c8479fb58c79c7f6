// A link of its own for `p3do doctor`, where no plugin runs: one try, and whoever writes to it is told that nobody is here.
import type { Clock, Domain, Log, Random } from '../../plugin/ports.js'
import { PluginError } from '../../plugin/errors.js'
import { troubleOf } from './host-trouble.js'
import { createLink, type Link } from './link.js'
import { createProbe, type HostProbe } from './probe.js'
import { createRooms } from './rooms.js'
import { errorAnswer, stanzaError } from './stanza-errors.js'
import { attribute } from './xml.js'

export interface LoneProbeOptions {
  readonly service: string
  readonly domain: Domain
  readonly component: Domain
  readonly rooms: Domain
  readonly secret: string
  readonly clock: Clock
  readonly random: Random
}

export interface LoneProbe {
  readonly probe: HostProbe
  stop(): Promise<void>
}

/**
 * Connects as the plugin would; the caller knows that no plugin runs, since a host may throw that one out.
 * @throws PluginError `host-refused`, `host-unreachable` with cause and fix
 */
export async function openLoneProbe(options: LoneProbeOptions): Promise<LoneProbe> {
  const { service } = options
  const counters = { count: () => undefined }
  const ignore = (): undefined => undefined
  let failed: (reason: PluginError) => void = ignore
  const trouble = new Promise<never>((_, reject) => {
    failed = reject
  })
  const log: Log = {
    debug: ignore,
    info: ignore,
    error: ignore,
    warn: fields => {
      const cause = 'cause' in fields && fields.cause
      if (typeof cause === 'string') failed(new PluginError('host-unreachable', troubleOf(service, cause)))
    },
  }
  const shared = { ...options, counters, log }
  const link = createLink({ ...shared, domain: options.component })
  refuseMessages(link)
  const carrier = createRooms(link, { ...shared, roomService: options.rooms, hostDomain: options.component })
  try {
    await Promise.race([link.start(), trouble])
  } catch (error) {
    await link.stop()
    throw error
  }
  trouble.catch(ignore)
  return { probe: createProbe({ ...shared, link, carrier }), stop: () => link.stop() }
}

// What the host itself answers while no component is connected.
function refuseMessages(link: Link): void {
  link.onStanza(stanza => {
    if (stanza.name !== 'message' || ['error', 'groupchat'].includes(attribute(stanza, 'type') ?? '')) return
    link.send(errorAnswer(stanza, stanzaError('wait', 'recipient-unavailable')))
  })
}
