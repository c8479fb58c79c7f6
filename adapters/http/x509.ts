// The X.509 authority for everyone to fetch: certificate, statement and revocation list (RFC 2585, PROTO s9.6).
import { X509Certificate } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { X509Publication } from '../../plugin/ports.js'
import { sendText } from './answers.js'

interface Shown {
  readonly type: string
  readonly octets: (x509: X509Publication) => Promise<Buffer | string | null>
}

const shown: Readonly<Record<string, Shown>> = {
  'authority.cer': { type: 'application/pkix-cert', octets: certificateOctets },
  'authority.pem': { type: 'application/x-pem-file', octets: x509 => x509.certificate() },
  'authority.crl': { type: 'application/pkix-crl', octets: x509 => x509.revocationList() },
  'statement.txt': {
    type: 'text/plain; charset=utf-8',
    octets: async x509 => (await x509.statement())?.text ?? null,
  },
  'statement.sig': {
    type: 'application/pgp-signature',
    octets: async x509 => (await x509.statement())?.signature ?? null,
  },
}

/** `/x509/` and the names above; 404 as long as there is no authority. */
export function addX509(app: FastifyInstance, x509: X509Publication): void {
  for (const [name, { type, octets }] of Object.entries(shown)) {
    app.get(`/x509/${name}`, async (_, reply) => {
      const found = await octets(x509)
      if (found === null) sendText(reply, 404, 'This server has no X.509 authority.')
      else void reply.type(type).send(found)
    })
  }
}

async function certificateOctets(x509: X509Publication): Promise<Buffer | null> {
  const pem = await x509.certificate()
  return pem === null ? null : new X509Certificate(pem).raw
}
