// Keys of the root zone that a configuration trusts, the parts of a DS record between colons (RFC 4034 s5.1).
import { DigestType, DnssecAlgorithm, type TrustAnchor } from '@relaycorp/dnssec'
import { PluginError } from '../../plugin/errors.js'

const algorithms = Object.values(DnssecAlgorithm).filter(value => typeof value === 'number')
const digests = [
  { digestType: DigestType.SHA256, length: 32 },
  { digestType: DigestType.SHA384, length: 48 },
]

/** Reads `20326:8:2:E06D…`: key tag, algorithm, digest type, digest. @throws PluginError `config-invalid` */
export function parseTrustAnchor(text: string): TrustAnchor {
  const [keyTag, number, type, hex = ''] = text.split(':')
  const digest = Buffer.from(hex, 'hex')
  const algorithm = algorithms.find(known => known.valueOf() === Number(number))
  const kind = digests.find(
    ({ digestType, length }) => digestType.valueOf() === Number(type) && length === digest.length,
  )
  if (algorithm !== undefined && kind)
    return { keyTag: Number(keyTag), algorithm, digestType: kind.digestType, digest }
  throw new PluginError(
    'config-invalid',
    'dns.trust_anchors must be like "20326:8:2:E06D…": key tag, a known algorithm, digest type 2 or 4, and the whole digest.',
  )
}
