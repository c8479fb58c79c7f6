// The key server over HTTP; TLS is a proxy's in front of it (RFC 9110).
import type { Clock, Counters, KeyServer, Log, X509Publication } from '../../plugin/ports.js'
import { PluginError } from '../../plugin/errors.js'
import { createApp } from './app.js'

export { createCertificateFetcher } from './certificate-fetcher.js'
export { startMetrics } from './metrics.js'

export interface HttpOptions {
  readonly listen: { readonly host: string; readonly port: number }
  readonly keyServer: KeyServer
  readonly x509: X509Publication
  readonly clock: Clock
  readonly counters: Counters
  readonly log: Log
}

/** A listening server. */
export interface HttpServer {
  /** Where it listens, for whoever asked for any free port with 0. */
  readonly port: number
  stop(): Promise<void>
}

const requestsPerMinute = 600

/** Called by the composition root. @throws PluginError `config-invalid` where the address cannot be had */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const app = createApp({ ...options, requestsPerMinute })
  try {
    await app.listen(options.listen)
  } catch (cause) {
    throw new PluginError(
      'config-invalid',
      'http.listen cannot be used: another program has this port, or the machine has no such address. Change it.',
      { cause },
    )
  }
  const address = app.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : options.listen.port
  return { port, stop: () => app.close() }
}
