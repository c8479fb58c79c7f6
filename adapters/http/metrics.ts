// Figures for a monitoring system of this machine, on an address of their own (Prometheus text format 0.0.4).
import { fastify } from 'fastify'
import type { HttpServer } from './index.js'
import { listenAt, type Listen } from './listening.js'

const contentType = 'text/plain; version=0.0.4; charset=utf-8'

/** Called by the composition root. @throws PluginError `config-invalid` where the address cannot be had */
export async function startMetrics(listen: Listen, render: () => string): Promise<HttpServer> {
  const app = fastify({ requestTimeout: 10_000, forceCloseConnections: true })
  app.server.maxConnections = 16
  app.get('/metrics', async (_, reply) => reply.type(contentType).send(render()))
  const port = await listenAt(
    app,
    listen,
    'metrics.listen cannot be used: another program has this port. Change it.',
  )
  return { port, stop: () => app.close() }
}
