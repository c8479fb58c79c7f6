// The key server over HTTP, with TLS of its own or behind a proxy that has it (RFC 9110, RFC 8446).
import type { Counters, KeyServer, X509Publication } from '../../plugin/ports.js'
import { createApp } from './app.js'
import { createListener, usualLimits, type SocketLimits } from './listener.js'
import { listenAt, type Listen } from './listening.js'
import { followTlsPair, type FollowOptions } from './tls-renewal.js'
import { readTlsPair, type TlsFiles } from './tls.js'

export { startMetrics } from './metrics.js'

export interface HttpOptions extends FollowOptions {
  readonly listen: Listen
  /** Null where it speaks no TLS. */
  readonly tls: TlsFiles | null
  readonly limits?: SocketLimits
  readonly keyServer: KeyServer
  readonly x509: X509Publication
  readonly counters: Counters
}

/** A listening server. */
export interface HttpServer {
  /** Where it listens, for whoever asked for any free port with 0. */
  readonly port: number
  stop(): Promise<void>
}

const requestsPerMinute = 600

/**
 * Called by the composition root.
 * @throws PluginError `config-invalid` where the address cannot be had, and what `readTlsPair` throws
 */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const { listen, tls, limits = usualLimits, counters } = options
  const pair = tls && (await readTlsPair(tls))
  const app = createApp({
    ...options,
    requestsPerMinute,
    listener: handler => createListener(handler, pair, limits, counters),
  })
  const port = await listenAt(
    app,
    listen,
    'http.listen cannot be used: another program has this port, the machine has no such address, or a port below 1024 is not allowed to this user. Change it.',
  )
  const stopFollowing = pair && followTlsPair(app.server, tls, pair, options)
  return {
    port,
    async stop() {
      stopFollowing?.()
      await app.close()
    },
  }
}
