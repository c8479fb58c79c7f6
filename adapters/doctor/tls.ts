// The ports of the chat server as clients and other servers see them: reached by name, TLS versions and certificates.
import type { TLSSocket } from 'node:tls'
import { PluginError } from '../../plugin/errors.js'
import { authorityFindings, certificateFindings } from './certificate.js'
import { ok, warning, wrong, type Finding } from './finding.js'
import { endpointsOf, type Endpoint, type Side } from './names.js'
import { openSecured, type StreamOptions } from './stream.js'

export interface PortOptions {
  /** Name that clients or servers look for. */
  readonly domain: string
  readonly side: Side
  /** `null` for the names of the machine. */
  readonly resolver: string | null
  readonly now: number
}

/** Looks at every port that DNS gives for this name. */
export async function portFindings(options: PortOptions): Promise<Finding[]> {
  const { domain, side, resolver } = options
  const endpoints = await endpointsOf(domain, side, resolver)
  if (endpoints.length === 0)
    return [
      wrong(
        `DNS has no address for ${domain}.`,
        `Give ${domain} the address of the chat server (A, AAAA or SRV); ${side === 'server' ? 'other servers' : 'clients'} look for it.`,
      ),
    ]
  return (await Promise.all(endpoints.map(endpoint => endpointFindings(options, endpoint)))).flat()
}

async function endpointFindings(options: PortOptions, endpoint: Endpoint): Promise<Finding[]> {
  const { domain: to, side, now } = options
  const where = `The ${endpoint.direct ? 'direct TLS ' : ''}${side} port for ${to} (${endpoint.host}:${String(endpoint.port)})`
  const stream: StreamOptions = { endpoint, side, to }
  try {
    const socket = await openSecured(stream)
    const certificate = socket.getPeerX509Certificate()
    const findings = [versionFinding(where, socket, side), await oldVersions(where, stream)]
    const shown = certificate === undefined ? [] : certificateFindings(where, certificate, to, now)
    const authority = authorityFindings(where, socket)
    socket.destroy()
    return [...findings.flat(), ...shown, ...authority]
  } catch (error) {
    if (error instanceof PluginError) return [wrong(error.message, null)]
    throw error
  }
}

function versionFinding(where: string, socket: TLSSocket, side: Side): Finding[] {
  const version = socket.getProtocol() ?? 'no TLS'
  const words = `${where} speaks ${version.replace('v', ' ')}, ${socket.getCipher().name}.`
  if (version === 'TLSv1.3') return [ok(words)]
  if (version !== 'TLSv1.2')
    return [wrong(words, 'Allow TLS 1.2 and newer alone in the configuration of the chat server.')]
  return side === 'server' ? [ok(words)] : [warning(words, 'Let the chat server speak TLS 1.3 with clients.')]
}

// Whoever sits between could bring both sides down to it (RFC 8996).
async function oldVersions(where: string, stream: StreamOptions): Promise<Finding[]> {
  const versions = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
  try {
    const socket = await openSecured({ ...stream, versions })
    const version = socket.getProtocol() ?? ''
    socket.destroy()
    return [
      wrong(
        `${where} still takes ${version.replace('v', ' ')}.`,
        'Allow TLS 1.2 and newer alone (Prosody: leave ssl.protocol out, or "tlsv1_2+"; ejabberd: no_tlsv1 and no_tlsv1_1).',
      ),
    ]
  } catch (error) {
    if (error instanceof PluginError) return []
    throw error
  }
}
