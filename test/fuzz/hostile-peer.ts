// A countersigned server that keeps to no rule, and an honest one that it does not spare.
import { parseDomain } from '../../plugin/addresses.js'
import { encodeParcel, type Parcel } from '../../plugin/delivery/parcel.js'
import { PluginError } from '../../plugin/errors.js'
import { sealOnion } from '../../plugin/mor/cell.js'
import {
  currentRoutingKey,
  generateUnwrappingKey,
  parseCertificate,
  wrappingKey,
} from '../../plugin/openpgp/index.js'
import { openIdentity } from '../../plugin/pki/index.js'
import { openRequest, wrapAnswer, wrapRequest, type Party } from '../../plugin/pki/requests.js'
import type { ContextAddress } from '../../plugin/ports.js'
import { linksOf } from '../faults/foreign-frames.js'
import { onionSaying } from '../_listener.js'
import { startMemoryServers, type MemoryServer, type MemoryServers } from '../_memory-servers.js'
import { recordingLog, type RecordingLog } from './recording-log.js'

const [a, b] = ['a.example', 'b.example'].map(parseDomain) as [
  ReturnType<typeof parseDomain>,
  ReturnType<typeof parseDomain>,
]

export async function startPair(): Promise<[RecordingLog, MemoryServers]> {
  const log = recordingLog()
  const servers = await startMemoryServers({
    names: ['a', 'b'],
    policy: 'open',
    routeLength: 2,
    between: (domain, ports) => (domain === a ? { ...ports, log } : ports),
  })
  return [log, servers]
}

export interface HostilePeer {
  readonly a: MemoryServer
  readonly b: MemoryServer
  /** A request with any body, as b wraps it for a. */
  request(text: Buffer): Promise<Buffer>
  /** Answers a's request with any body. */
  answer(octets: Buffer, text: Buffer): Promise<Uint8Array>
  /** Speaks an onion whose last layer is for a and holds this parcel, vouched for by b. */
  deliver(parcel: Omit<Parcel, 'reply' | 'sent'>): Promise<void>
}

/** What b can do who has its own keys. */
export async function peerOf({ servers, clock }: MemoryServers): Promise<HostilePeer> {
  const [first, second] = servers
  if (!first || !second) throw new Error('There are no servers.')
  const identity = await openIdentity(b, second.keyFile, clock)
  const party = async (): Promise<Party> => {
    const entry = await second.store.find('server', a)
    if (!entry) throw new Error('The servers do not know each other.')
    return { domain: a, certificate: parseCertificate(entry.certificate) }
  }
  return {
    a: first,
    b: second,
    async request(text) {
      const { request = '', body } = parsed(text) as { request?: string; body?: object }
      const { octets } = await wrapRequest(identity, clock, await party(), request, body as object)
      return Buffer.concat([Buffer.of(2), octets])
    },
    async answer(octets, text) {
      if (octets[0] !== 2) return octets.subarray(0, 1)
      const { id } = await openRequest(identity, clock, await party(), octets.subarray(1))
      return wrapAnswer(identity, clock, await party(), id, parsed(text) as object)
    },
    async deliver(parcel) {
      const reply = { tag: Buffer.alloc(16, 1), key: generateUnwrappingKey().octets }
      const whole = { ...parcel, reply, sent: Math.floor(clock.now() / 1000) }
      const octets = await encodeParcel(whole, text => identity.authority.signStatement(text))
      const key = wrappingKey(await currentRoutingKey((await party()).certificate, clock.now()))
      for (const [name, link] of await linksOf(second.store, second.sealer, clock.now())) {
        const frame = sealOnion(link, onionSaying({ kind: 'deliver', parcel: octets }, key))
        second.host.carrier.speak(`${name}@conference.${b}` as ContextAddress, frame)
      }
    },
  }
}

// Only what is JSON can be a body; what is none is the business of `statements`.
function parsed(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString()) ?? {}
  } catch {
    throw new PluginError('bad-format', 'It is not JSON.')
  }
}
