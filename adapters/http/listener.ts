// The socket's side of the key server: with or without TLS, how long a request may take, how many may come at once.
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Counters } from '../../plugin/ports.js'
import { isProxy, clientOf } from './rate-limit.js'
import { tlsOptions, type TlsPair } from './tls.js'

/** Milliseconds, and connections. */
export interface SocketLimits {
  /** For a whole request, and for the handshake of TLS before it. */
  readonly request: number
  /** Without an octet in either direction. */
  readonly silence: number
  /** Until the next request on the same connection. */
  readonly pause: number
  /** Of everybody together. */
  readonly connections: number
  /** Of one client; a proxy of this machine has no such limit. */
  readonly connectionsOfOne: number
}

export const usualLimits: SocketLimits = {
  request: 10_000,
  silence: 30_000,
  pause: 5_000,
  connections: 1024,
  connectionsOfOne: 64,
}

/** A server that does not listen yet. */
export function createListener(
  handler: RequestListener,
  pair: TlsPair | null,
  limits: SocketLimits,
  counters: Counters,
): Server {
  const timing = {
    headersTimeout: limits.request,
    requestTimeout: limits.request,
    keepAliveTimeout: limits.pause,
    // Node looks for late requests so often; with its usual half minute they would have that long.
    connectionsCheckingInterval: Math.ceil(limits.request / 10),
  }
  const server =
    pair === null
      ? createServer(timing, handler)
      : createTlsServer({ ...timing, ...tlsOptions(pair), handshakeTimeout: limits.request }, handler)
  server.setTimeout(limits.silence)
  server.maxConnections = limits.connections
  server.on('drop', () => {
    counters.count('key server connections refused')
  })
  server.on('tlsClientError', () => {
    counters.count('key server handshakes failed')
  })
  limitEach(server, limits.connectionsOfOne, pair !== null, counters)
  return server
}

function limitEach(server: Server, most: number, withTls: boolean, counters: Counters): void {
  const open = new Map<string, number>()
  // Before all others, so that nobody begins a handshake for nothing.
  server.prependListener('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    // Nobody puts a proxy before a server that has TLS of its own.
    if (!withTls && isProxy(address)) return
    const client = clientOf(address)
    const now = (open.get(client) ?? 0) + 1
    if (now > most) {
      counters.count('key server connections refused')
      socket.destroy()
      return
    }
    open.set(client, now)
    socket.once('close', () => {
      const left = (open.get(client) ?? 1) - 1
      if (left === 0) open.delete(client)
      else open.set(client, left)
    })
  })
}
