// Requests between the plugins of two servers, as iqs between their components
// (PROTO s9).
import type { Element } from 'ltx'
import { PluginError } from '../../plugin/errors.js'
import type { Counters, PeerAddress, PeerLink } from '../../plugin/ports.js'
import { splitJid } from './jid.js'
import type { Link } from './link.js'
import { isBug, StanzaRefused, type Condition } from './stanza-errors.js'
import { attribute, childText, xml } from './xml.js'

const namespace = 'urn:p3do:0'
const mostOctets = 262_144
const mostCharacters = 4 * Math.ceil(mostOctets / 3)

type Answerer = (from: PeerAddress, request: Uint8Array) => Promise<Uint8Array>

// Conditions that say that the peer is away, not that it said no.
const away: ReadonlySet<Condition> = new Set<Condition>([
  'recipient-unavailable',
  'remote-server-not-found',
  'remote-server-timeout',
  'service-unavailable',
])

function encodePayload(octets: Uint8Array): string {
  if (octets.byteLength > mostOctets) {
    throw new PluginError('internal', 'Between servers at most 262,144 octets can be sent at once.')
  }
  return Buffer.from(octets).toString('base64')
}

// RFC 4648 s3.5: only the canonical encoding, so that octets have one text.
function parsePayload(text: string | null): Buffer | null {
  if (text === null || text.length > mostCharacters) return null
  const octets = Buffer.from(text, 'base64')
  return octets.length <= mostOctets && octets.toString('base64') === text ? octets : null
}

function isPeer(address: string | undefined): address is PeerAddress {
  return address !== undefined && address !== '' && splitJid(address).domain === address
}

// RFC 5122 s2.2, of a domain alone; in the one form that addresses have on the link.
function addressAt(pointer: string): PeerAddress | null {
  const address = /^xmpp:([a-z0-9.-]{1,253})$/.exec(pointer)?.[1]
  return isPeer(address) ? address : null
}

function asUnreachable(error: unknown): unknown {
  if (!(error instanceof StanzaRefused) || !away.has(error.condition)) return error
  return new PluginError('peer-unreachable', 'The plugin of the other server is not reachable.', {
    cause: error,
  })
}

/** For the composition root. */
export function createPeers(options: { readonly link: Link; readonly counters: Counters }): PeerLink {
  const { link, counters } = options
  let answerer: Answerer | null = null

  function refuse(code: 'bad-format' | 'not-a-member' | 'peer-refused', message: string): never {
    counters.count('peer-request-refused')
    throw new PluginError(code, message)
  }

  async function answer(iq: Element): Promise<Element> {
    const from = attribute(iq, 'from')
    if (!isPeer(from)) refuse('not-a-member', 'Only the plugin of a server may ask this.')
    if (!answerer || attribute(iq, 'to') !== link.domain) refuse('peer-refused', 'Nobody answers this here.')
    const request = parsePayload(childText(iq, 'request', namespace))
    if (!request) refuse('bad-format', 'A request is at most 262,144 octets in canonical base64.')
    try {
      return xml('answer', { xmlns: namespace }, encodePayload(await answerer(from, request)))
    } catch (error) {
      if (isBug(error)) throw error
      return refuse('peer-refused', 'The request was refused.')
    }
  }

  async function request(peer: PeerAddress, text: string): Promise<Element> {
    try {
      return await link.request(
        xml('iq', { type: 'set', to: peer }, xml('request', { xmlns: namespace }, text)),
      )
    } catch (error) {
      throw asUnreachable(error)
    }
  }

  async function ask(peer: PeerAddress, octets: Uint8Array): Promise<Uint8Array> {
    const iq = await request(peer, encodePayload(octets))
    const answered = parsePayload(childText(iq, 'answer', namespace))
    if (answered) return answered
    counters.count('peer-answer-refused')
    throw new PluginError('peer-refused', 'The plugin of the other server gave an answer that is none.')
  }

  link.handleIq('set', namespace, 'request', answer)
  return {
    address: link.domain as PeerAddress,
    usualAddress: domain => `p3do.${domain}` as PeerAddress,
    ask,
    addressAt,
    answer: handler => {
      answerer = handler
    },
  }
}
