// Taking up a renewed certificate for TLS without a restart.
import type { Server as HttpServer } from 'node:http'
import { Server } from 'node:tls'
import type { Cancel, Clock, Log, ShownCertificate } from '../../plugin/ports.js'
import { readTlsPair, tlsOptions, type TlsFiles, type TlsPair } from './tls.js'

const lookEvery = 60_000

export interface FollowOptions {
  readonly clock: Clock
  readonly log: Log
  /** Is told at every look which certificate is shown; nobody where it is left out. */
  readonly shows?: (certificate: ShownCertificate) => void
}

/**
 * Looks into the files every minute. A new pair counts for connections from then on; while it is not usable, as in the
 * middle of a renewal, the one before stays and the log says why.
 */
export function followTlsPair(
  server: HttpServer,
  files: TlsFiles,
  first: TlsPair,
  { clock, log, shows }: FollowOptions,
): Cancel {
  let [pair, trouble, stopped] = [first, '', false]
  let cancel: Cancel = () => undefined
  const look = async (): Promise<string> => {
    try {
      const read = await readTlsPair(files)
      if (isSame(read, pair)) return ''
      pair = read
      if (server instanceof Server) server.setSecureContext(tlsOptions(pair))
      log.info({}, 'The key server has a new certificate for TLS.')
      return ''
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error)
      if (words !== trouble) log.warn({}, `The key server keeps its certificate for TLS: ${words}`)
      return words
    }
  }
  const again = (): void => {
    shows?.(pair.shown)
    cancel = clock.after(lookEvery, () => {
      void look().then(words => {
        trouble = words
        if (!stopped) again()
      })
    })
  }
  again()
  return () => {
    stopped = true
    cancel()
  }
}

function isSame(one: TlsPair, other: TlsPair): boolean {
  return one.certificate.equals(other.certificate) && one.key.equals(other.key)
}
