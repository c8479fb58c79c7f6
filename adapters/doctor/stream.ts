// A stream to a chat server's port as a client or another server begins it, up to and with TLS (RFC 6120 s4, s5; XEP-0368).
import { on, once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { connect as connectTls, rootCertificates, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { PluginError } from '../../plugin/errors.js'
import type { Endpoint, Side } from './names.js'

export interface StreamOptions {
  readonly endpoint: Endpoint
  readonly side: Side
  /** Domain that is asked for, and whose certificate the server shows. */
  readonly to: string
  /** Versions of TLS other than the usual ones. */
  readonly versions?: Pick<ConnectionOptions, 'minVersion' | 'maxVersion' | 'ciphers'>
}

const answerWithin = 5000
const longestAnswer = 65_536

/**
 * Connects and negotiates TLS, whatever certificate is shown; the caller destroys the socket.
 * @throws PluginError `host-unreachable` with cause and fix where that is impossible
 */
export async function openSecured(options: StreamOptions): Promise<TLSSocket> {
  const { endpoint } = options
  const socket = await connected(options)
  try {
    if (!endpoint.direct) await startTls(socket, options)
    return await secured(socket, options)
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/** The first words of a stream. */
export function streamHeader({ side, to }: Pick<StreamOptions, 'side' | 'to'>): string {
  const dialback = side === 'server' ? " xmlns:db='jabber:server:dialback'" : ''
  return `<?xml version='1.0'?><stream:stream xmlns='jabber:${side}'${dialback} xmlns:stream='http://etherx.jabber.org/streams' to='${to}' version='1.0'>`
}

/** What the server says until that matches. @throws PluginError `host-unreachable` where it closes, is silent, or says much else */
export async function readUntil(
  socket: Socket,
  wanted: RegExp,
  options: Pick<StreamOptions, 'endpoint' | 'to'>,
  within = answerWithin,
): Promise<string> {
  let text = ''
  try {
    for await (const [data] of on(socket, 'data', {
      signal: AbortSignal.timeout(within),
      close: ['close'],
    })) {
      text += String(data)
      if (wanted.test(text)) return text
      const condition = /<stream:error[^>]*>\s*<([a-z-]{1,40})/u.exec(text)?.[1]
      if (condition !== undefined) throw refused(condition, options)
      if (text.length > longestAnswer) throw trouble(options, 'says too much before it begins', 'see its log')
    }
  } catch (cause) {
    if (cause instanceof PluginError) throw cause
    throw trouble(options, 'does not answer', 'see its log; another program may have the port', cause)
  }
  throw trouble(options, 'closes the connection', 'see its log; another program may have the port')
}

async function connected(options: StreamOptions): Promise<Socket> {
  const { address, port } = options.endpoint
  const socket = connect({ host: address, port })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(answerWithin) })
  } catch (cause) {
    socket.destroy()
    throw trouble(
      options,
      'does not take connections',
      'start the chat server, let it listen there, and open the port in the firewall',
      cause,
    )
  }
  // What fails later is heard by whoever reads.
  socket.on('error', () => undefined)
  return socket
}

async function startTls(socket: Socket, options: StreamOptions): Promise<void> {
  socket.write(streamHeader(options))
  const features = await readUntil(socket, /<\/stream:features>|<stream:features\/>/u, options)
  if (!features.includes('urn:ietf:params:xml:ns:xmpp-tls'))
    throw trouble(
      options,
      'offers no TLS',
      'give it a certificate and switch TLS on (Prosody: the module tls; ejabberd: starttls: true)',
    )
  socket.write("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
  await readUntil(socket, /<proceed/u, options)
}

async function secured(socket: Socket, options: StreamOptions): Promise<TLSSocket> {
  const { to, side, versions, endpoint } = options
  // XEP-0368: only a direct connection has an application protocol.
  const protocols = endpoint.direct ? { ALPNProtocols: [`xmpp-${side}`] } : {}
  const ca = await knownAuthorities()
  const tls = connectTls({ socket, servername: to, ca, rejectUnauthorized: false, ...protocols, ...versions })
  tls.on('error', () => undefined)
  try {
    await once(tls, 'secureConnect', { signal: AbortSignal.timeout(answerWithin) })
    return tls
  } catch (cause) {
    tls.destroy()
    throw trouble(
      options,
      'does not finish the TLS handshake',
      'see that its certificate and key belong together',
      cause,
    )
  }
}

// Those that Node.js knows, and those that the machine's admin trusts, as chat servers do.
async function knownAuthorities(): Promise<string[]> {
  const machine = await readFile('/etc/ssl/certs/ca-certificates.crt', 'utf8').catch(() => '')
  return [...rootCertificates, ...(machine === '' ? [] : [machine])]
}

function refused(condition: string, options: Pick<StreamOptions, 'endpoint' | 'to'>): PluginError {
  // RFC 6120 s4.9.3.6
  if (condition === 'host-unknown')
    return trouble(
      options,
      `does not know ${options.to}`,
      'add that name to its configuration, or correct the name in DNS or in p3do.toml',
    )
  return trouble(options, `refuses the stream (${condition})`, 'see its log')
}

function trouble(
  { endpoint, to }: Pick<StreamOptions, 'endpoint' | 'to'>,
  what: string,
  fix: string,
  cause?: unknown,
): PluginError {
  const where = `${endpoint.host}:${String(endpoint.port)}`
  return new PluginError('host-unreachable', `For ${to}, the server at ${where} ${what}; ${fix}.`, { cause })
}
