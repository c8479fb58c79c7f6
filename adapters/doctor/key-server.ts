// The plugin's own HTTPS port: its certificate, and that it answers with TLS 1.3.
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import type { Config } from '../../plugin/config.js'
import { readTlsPair } from '../http/tls.js'
import { certificateFindings } from './certificate.js'
import { ok, warning, wrong, type Finding } from './finding.js'

const answerWithin = 5000

/** `isRunning`: the port can be tried as well. @throws PluginError for files that cannot be used */
export async function keyServerFindings(
  { http, dns }: Config,
  isRunning: boolean,
  now: number,
): Promise<Finding[]> {
  const { listen, tls } = http
  if (listen === null) return [ok('There is no key server in the configuration (http.listen).')]
  const where = `The key server at ${listen.host}:${String(listen.port)}`
  if (tls === null) return [withoutTls(where, listen.host)]
  const certificate = new X509Certificate((await readTlsPair(tls)).certificate)
  const name = dns.keyServer ?? namesIn(certificate)[0] ?? listen.host
  const findings = certificateFindings(where, certificate, name, now)
  return isRunning ? [...findings, ...(await answerFindings(where, listen, name))] : findings
}

function withoutTls(where: string, host: string): Finding {
  if (/^(?:127\.|\[?::1\]?$|localhost$)/u.test(host))
    return ok(`${where} speaks no TLS, and is reached from this machine alone: a proxy has to speak it.`)
  return wrong(
    `${where} speaks no TLS and is reached from other machines.`,
    'Set http.certificate and http.certificate_key, or let it listen at 127.0.0.1 behind a proxy.',
  )
}

async function answerFindings(
  where: string,
  { host, port }: { readonly host: string; readonly port: number },
  servername: string,
): Promise<Finding[]> {
  const address = host === '0.0.0.0' ? '127.0.0.1' : host === '[::]' ? '::1' : host.replace(/^\[|\]$/gu, '')
  const socket = connect({ host: address, port, servername, rejectUnauthorized: false })
  socket.on('error', () => undefined)
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(answerWithin) })
    return [spoken(where, socket)]
  } catch {
    return [
      warning(`${where} does not answer.`, 'Where this plugin does not run, start it; else see its log.'),
    ]
  } finally {
    socket.destroy()
  }
}

function spoken(where: string, socket: TLSSocket): Finding {
  return ok(`${where} speaks ${(socket.getProtocol() ?? '').replace('v', ' ')}, ${socket.getCipher().name}.`)
}

function namesIn({ subjectAltName = '' }: X509Certificate): string[] {
  return [...subjectAltName.matchAll(/DNS:([^,\s]+)/gu)].flatMap(([, name]) => name ?? [])
}
