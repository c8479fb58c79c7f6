// Fetches certificates, and what belongs to them, over HTTPS from places that records in DNS name: key servers (`hkps:`) and plain files (`https:`).
import { request, type RequestOptions } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { Resolver } from 'node:dns/promises'
import { PluginError } from '../../plugin/errors.js'
import type { Fingerprint, KeyFetcher } from '../../plugin/ports.js'

export interface FetcherOptions {
  /** Who is asked for addresses, `address:port`; the machine's own way where it is null. */
  readonly resolver: string | null
  /** Certificates of authorities that count instead of the machine's, PEM. */
  readonly authorities?: string
}

// A certificate with a few thousand signatures; who needs more is not read.
const mostOctets = 65_536
const patience = 5000

/** For the composition root. Redirections are not followed: what they lead to is named by nobody. */
export function createCertificateFetcher({ resolver, authorities }: FetcherOptions): KeyFetcher {
  const options: RequestOptions = {
    ...(resolver === null ? {} : { lookup: lookupOver(resolver) }),
    ...(authorities === undefined ? {} : { ca: authorities }),
    minVersion: 'TLSv1.2',
    headers: { 'cache-control': 'no-cache', 'user-agent': 'p3do' },
  }
  return {
    fetch: async (place, fingerprint) => get(urlOf(place, fingerprint), options, mostOctets),
    fetchFile: async (place, path, most) => get(fileUrl(place, path), options, most),
  }
}

// draft-gallagher-openpgp-hkp s3.1: a key server's path and question; hkps is https.
function urlOf(place: string, fingerprint: Fingerprint): URL {
  if (!place.startsWith(keyServer)) return ensureSecure(place)
  return fileUrl(place, `/pks/lookup?op=get&options=mr&search=0x${fingerprint.slice(2)}`)
}

const keyServer = 'hkps:'

function fileUrl(place: string, path: string): URL {
  if (!place.startsWith(keyServer)) throw notUsable()
  return new URL(path, ensureSecure(`https:${place.slice(keyServer.length)}`))
}

function ensureSecure(place: string): URL {
  if (!URL.canParse(place)) throw notUsable()
  const url = new URL(place)
  if (url.protocol !== 'https:' || url.username !== '' || url.password !== '') throw notUsable()
  return url
}

function notUsable(): PluginError {
  return new PluginError('bad-format', 'A place in DNS is not one from which a certificate can be fetched.')
}

function get(url: URL, options: RequestOptions, most: number): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    const fail = (cause?: unknown): void => {
      const message = 'A key server that records in DNS name gives no usable answer.'
      reject(new PluginError('host-unreachable', message, { cause }))
    }
    const signal = AbortSignal.timeout(patience)
    const asked = request(url, { ...options, signal }, response => {
      if (response.statusCode === 404) resolve(null)
      else if (response.statusCode !== 200) fail(new Error(`HTTP status ${response.statusCode ?? 0}.`))
      if (response.statusCode !== 200) return void response.destroy()
      const chunks: Buffer[] = []
      let length = 0
      response.on('error', fail)
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        length += chunk.length
        if (length > most) response.destroy(new Error('The answer is too long.'))
      })
      response.on('end', () => {
        resolve(Buffer.concat(chunks))
      })
    })
    asked.on('error', fail)
    asked.end()
  })
}

// The same resolver as for the records, so that a laboratory's names stay in the laboratory.
function lookupOver(server: string): LookupFunction {
  const resolver = new Resolver({ timeout: 2000, tries: 2 })
  resolver.setServers([server])
  const addressOf = async (name: string): Promise<string> => {
    if (isIP(name) !== 0) return name
    const [address] = await resolver.resolve4(name).catch(() => resolver.resolve6(name))
    if (address === undefined) throw new Error('There is no address.')
    return address
  }
  return (name, { all }, done) => {
    addressOf(name).then(
      address => {
        const family = isIP(address)
        if (all === true) done(null, [{ address, family }])
        else done(null, address, family)
      },
      (error: unknown) => {
        done(error as Error, '')
      },
    )
  }
}
