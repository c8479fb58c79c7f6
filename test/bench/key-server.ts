// The process of one key server of the benchmark: the product's own, or the bare framework with its answers in memory.
import { hash } from 'node:crypto'
import { join } from 'node:path'
import { fastify, type FastifyInstance, type FastifyReply } from 'fastify'
import { systemClock } from '../../adapters/clock.js'
import { createCounters } from '../../adapters/counters.js'
import { openStore } from '../../adapters/database/index.js'
import { createApp } from '../../adapters/http/app.js'
import { createLog } from '../../adapters/log.js'
import { systemRandom } from '../../adapters/random.js'
import { keyFileAt } from '../../adapters/secret-files.js'
import { startWorkThread } from '../../adapters/worker/index.js'
import { createKeyServer } from '../../plugin/keyserver/index.js'
import { armorCertificates } from '../../plugin/openpgp/index.js'
import { createDirectory, createExplainer, openIdentity } from '../../plugin/pki/index.js'
import { usedOctets } from './used-octets.js'
import {
  collectNow,
  type Collected,
  type KeyServerReady,
  type StartKeyServer,
} from './key-server-messages.js'
import { ringDomain } from './ring.js'

process.on('message', (message: StartKeyServer | typeof collectNow) => {
  if (message === collectNow) void usedOctets().then(used => process.send?.({ used } satisfies Collected))
  else void start(message).then(port => process.send?.({ port } satisfies KeyServerReady))
})
// Whoever started this is gone.
process.on('disconnect', () => process.exit())

async function start({ kind, folder, headers, leak = 0 }: StartKeyServer): Promise<number> {
  const app = kind === 'product' ? await createProduct(folder) : await createMemory(folder, headers)
  const left: Buffer[] = []
  if (leak > 0) app.server.on('request', () => left.push(Buffer.alloc(leak, 1)))
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

// As the composition root does it, but without a host, and one client may ask as much as it likes.
async function createProduct(folder: string): Promise<FastifyInstance> {
  const clock = systemClock
  const ring = await openStore(folder)
  const identity = await openIdentity(ringDomain, keyFileAt(join(folder, 'server-key')), clock)
  const work = startWorkThread()
  const directory = createDirectory(identity, ring, clock, work, () => undefined)
  const { domain } = identity
  const dnsWords = () => Promise.resolve('is not asked')
  const explainer = createExplainer({ domain, ring, directory, dnsWords })
  const keyServer = createKeyServer({
    domain,
    identity,
    ring,
    directory,
    explainer,
    work,
    clock,
    random: systemRandom,
    // Nobody asks for a token.
    users: { deliver: () => Promise.resolve() },
  })
  const shared = { clock, counters: createCounters(), log: createLog('warn') }
  return createApp({ ...shared, keyServer, x509: withoutX509, requestsPerMinute: Infinity })
}

const none = (): Promise<null> => Promise.resolve(null)
const withoutX509 = { certificate: none, statement: none, revocationList: none }

interface Answer {
  readonly octets: Buffer | string
  readonly headers: Readonly<Record<string, string>>
}

async function createMemory(folder: string, headers: StartKeyServer['headers']): Promise<FastifyInstance> {
  const [armored, binary] = [new Map<string, Answer>(), new Map<string, Answer>()]
  const store = await openStore(folder)
  for (const { fingerprint, subject, certificate } of await store.list('user', null, 0)) {
    const digits = fingerprint.slice(2)
    const disposition = { 'content-disposition': `attachment; filename="${digits}.asc"` }
    const text = armorCertificates(certificate)
    armored.set(`0x${digits}`, answer(text, 'application/pgp-keys', { ...headers, ...disposition }))
    const raw = answer(certificate, 'application/pgp-keys;armor=no', headers)
    binary.set(fingerprint, raw).set(`xmpp:${subject}`, raw)
  }
  await store.close()
  const app = fastify({ keepAliveTimeout: 5_000 })
  app.get<{ Querystring: { search: string } }>('/pks/lookup', ({ query }, reply) =>
    give(reply, armored.get(query.search)),
  )
  for (const path of ['by-vfingerprint', 'by-identity']) {
    app.get<{ Params: { asked: string } }>(`/pks/v2/certs/${path}/:asked`, ({ params }, reply) =>
      give(reply, binary.get(params.asked)),
    )
  }
  return app
}

function give(reply: FastifyReply, found: Answer | undefined): FastifyReply {
  if (found === undefined) return reply.code(404).send()
  void reply.headers(found.headers)
  if (reply.request.headers['if-none-match'] !== found.headers['etag']) return reply.send(found.octets)
  return reply.code(304).removeHeader('content-type').send()
}

function answer(octets: Buffer | string, type: string, headers: StartKeyServer['headers']): Answer {
  const etag = `"${hash('sha256', octets, 'base64url').slice(0, 22)}"`
  return { octets, headers: { ...headers, 'content-type': type, etag } }
}
