// What the chat server takes in from another server in a second: measured on its own server port with harmless questions.
// A server that takes less than the contexts of a peer bring hears them late, and then not at all.
import type { TLSSocket } from 'node:tls'
import { ok, unknown, warning, wrong, type Finding } from './finding.js'
import { PluginError } from '../../plugin/errors.js'
import { rateToAllow } from '../../plugin/profiles.js'
import { endpointsOf } from './names.js'
import { openSecured, readUntil, streamHeader, type StreamOptions } from './stream.js'

export interface LimitOptions {
  /** The component's name, under which the server takes the stream. */
  readonly domain: string
  readonly resolver: string | null
  /** What the contexts of one peer bring, in kB/s (1,000 octets). */
  readonly needed: number
}

// So much is sent as this many seconds bring, and so many it may take: hosts allow a burst of two seconds' worth.
const seconds = 6
const allowed = 4
// RFC 6120 s13.12: a host closes a stream on which more than 10,000 octets come without the end of a stanza.
const octetsAtOnce = 8000

/** Sends what six seconds of a peer's contexts bring, and sees whether the server has read it after four. */
export async function limitFindings({ domain, resolver, needed }: LimitOptions): Promise<Finding[]> {
  const [endpoint] = await endpointsOf(domain, 'server', resolver)
  if (endpoint === undefined)
    return [unknown('Without an address of the component in DNS the server port was not measured.')]
  const stream = { endpoint, side: 'server', to: domain } as const
  const socket = await begun(stream)
  if (socket === null) return [unmeasured(needed)]
  try {
    return [judge(needed, await sendAll(socket, needed * 1000 * seconds, stream))]
  } finally {
    socket.destroy()
  }
}

/** `null` where the server takes no stream of a server that shows no certificate (Prosody: s2s_secure_auth). */
async function begun(stream: StreamOptions): Promise<TLSSocket | null> {
  const socket = await openSecured(stream)
  try {
    socket.write(streamHeader(stream))
    await readUntil(socket, /<\/stream:features>|<stream:features\/>/u, stream)
    return socket
  } catch (error) {
    socket.destroy()
    if (error instanceof PluginError) return null
    throw error
  }
}

type Outcome = 'read' | 'slow' | 'closed'

async function sendAll(socket: TLSSocket, octets: number, stream: StreamOptions): Promise<Outcome> {
  for (let left = octets; left > octetsAtOnce; left -= octetsAtOnce) socket.write(question(stream.to, 'one'))
  socket.write(question(stream.to, 'last'))
  try {
    await readUntil(socket, /id=['"]last['"]/u, stream, allowed * 1000)
    return 'read'
  } catch (error) {
    const { cause } = error as { cause?: { name?: string } }
    return cause?.name === 'AbortError' ? 'slow' : 'closed'
  }
}

// XEP-0220 s2.3: is this key one of yours? It is not, and the answer changes nothing.
function question(to: string, id: string): string {
  const text = `<db:verify from='doctor.invalid' to='${to}' id='${id}'>00</db:verify>`
  return text + ' '.repeat(octetsAtOnce - text.length)
}

// What Debian's Prosody takes from each server unless told, kB/s.
const usual = 30

function unmeasured(needed: number): Finding {
  const words =
    'The server port wants a certificate of other servers, so what it takes from them was not measured.'
  if (needed <= usual) return unknown(`${words} The contexts of a peer bring ${needed.toFixed(0)} kB/s.`)
  return warning(
    `${words} The contexts of a peer bring ${needed.toFixed(0)} kB/s.`,
    `See that it takes so much. ${raising(needed)}`,
  )
}

function judge(needed: number, outcome: Outcome): Finding {
  const brings = `the ${needed.toFixed(0)} kB/s that the contexts of a peer bring`
  if (outcome === 'read') return ok(`The server port takes ${brings}.`)
  if (outcome === 'closed')
    return unknown(
      'The server port closed the stream, so what it takes was not measured.',
      'See the log of the chat server.',
    )
  return wrong(
    `The server port takes less from another server than ${brings}: they are heard late, and then not at all.`,
    raising(needed),
  )
}

function raising(needed: number): string {
  const rate = `${String(rateToAllow(needed))}kb/s`
  return `Raise the limit (Prosody: limits = { s2sin = { rate = "${rate}"; burst = "10s" } } in its configuration; ejabberd: the shaper that s2s_shaper names).`
}
