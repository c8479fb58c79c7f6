// Keys of the root zone that a configuration trusts, the parts of a DS record between colons (RFC 4034 s5.1).
import { PluginError } from '../../plugin/errors.js'
import { algorithms, digestLengths } from './dnssec-numbers.js'

/** A key of the root zone by its digest. */
export interface TrustAnchor {
  readonly keyTag: number
  readonly algorithm: number
  readonly digestType: number
  readonly digest: Buffer
}

// RFC 8624 s3.3: SHA-1 is not for trust anchors.
const sha1 = 1

/** Reads `20326:8:2:E06D…`: key tag, algorithm, digest type, digest. @throws PluginError `config-invalid` */
export function parseTrustAnchor(text: string): TrustAnchor {
  const [keyTag, algorithm, digestType, hex = ''] = text.split(':')
  const anchor = {
    keyTag: Number(keyTag),
    algorithm: Number(algorithm),
    digestType: Number(digestType),
    digest: Buffer.from(hex, 'hex'),
  }
  if (isUsable(anchor)) return anchor
  throw new PluginError(
    'config-invalid',
    'dns.trust_anchors must be like "20326:8:2:E06D…": key tag, a known algorithm, digest type 2 or 4, and the whole digest.',
  )
}

function isUsable({ algorithm, digestType, digest }: TrustAnchor): boolean {
  const length = digestType === sha1 ? undefined : digestLengths.get(digestType)
  return algorithms.includes(algorithm) && length === digest.length
}
