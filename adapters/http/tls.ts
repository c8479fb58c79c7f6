// The key server's certificate for TLS 1.3 (RFC 8446), in two PEM files (RFC 7468).
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext, type TlsOptions } from 'node:tls'
import { PluginError } from '../../plugin/errors.js'
import type { ShownCertificate } from '../../plugin/ports.js'
import { readSecretFile } from '../secret-files.js'

/** Paths of the files, as the configuration has them. */
export interface TlsFiles {
  readonly certificate: string
  readonly key: string
}

/** What they hold: the certificate with those that lead to its authority, and its private key. */
export interface TlsPair {
  readonly certificate: Buffer
  readonly key: Buffer
  /** What is told of the own certificate. */
  readonly shown: ShownCertificate
}

/** What Node.js needs of them. Older versions than this have weaknesses, and whoever asks a key server can do without. */
export function tlsOptions({ certificate, key }: Pick<TlsPair, 'certificate' | 'key'>): TlsOptions {
  return { cert: certificate, key, minVersion: 'TLSv1.3' }
}

/**
 * Reads the two files. Called at the start and by `p3do check`, and again for a renewed pair.
 * @throws PluginError `config-invalid`, `secret-missing`; both name the key of the configuration and say what to do
 */
export async function readTlsPair(files: TlsFiles): Promise<TlsPair> {
  const certificate = await readFile(files.certificate).catch((cause: unknown) => {
    throw invalid(`http.certificate cannot be read; put the certificate at ${files.certificate}.`, cause)
  })
  const key = await readSecretFile(files.key)
  if (key === null)
    throw new PluginError(
      'secret-missing',
      `http.certificate_key is not there; put the key at ${files.key}, mode 0600.`,
    )
  const { fingerprint256, validTo } = usable({ certificate, key })
  return { certificate, key, shown: { name: fingerprint256, ends: Date.parse(validTo) } }
}

function usable(pair: Pick<TlsPair, 'certificate' | 'key'>): X509Certificate {
  const certificate = orInvalid(
    () => new X509Certificate(pair.certificate),
    'http.certificate holds no certificate; it must be PEM, the own certificate first.',
  )
  const key = orInvalid(
    () => createPrivateKey(pair.key),
    'http.certificate_key holds no private key; it must be PEM without a passphrase.',
  )
  if (!certificate.checkPrivateKey(key))
    throw invalid('http.certificate and http.certificate_key do not belong together; replace one of them.')
  orInvalid(
    () => createSecureContext(tlsOptions(pair)),
    'http.certificate cannot be used for TLS; its key may be too short, or one behind it is broken.',
  )
  return certificate
}

function orInvalid<Value>(read: () => Value, message: string): Value {
  try {
    return read()
  } catch (cause) {
    throw invalid(message, cause)
  }
}

function invalid(message: string, cause?: unknown): PluginError {
  return new PluginError('config-invalid', message, { cause })
}
