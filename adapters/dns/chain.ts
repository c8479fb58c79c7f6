// Whether texts of DNS are signed from the root on (RFC 4033 s5, RFC 4035 s5). The library checks the signatures; here are
// its limits: it cannot show that a name has no DS (RFC 4035 s5.2), so `insecure` is what it looks like, and never proven.
import type dnsPacket from 'dns-packet'
import type { DnsSecurity } from '../../plugin/ports.js'
import { algorithms, digestLengths } from './dnssec-numbers.js'
import type { Answer, Ask } from './exchange.js'
import type { TrustAnchor } from './trust-anchors.js'

// Whoever answers chooses how many keys are tried on how many signatures (CVE-2023-50387).
const most = { octets: 16_384, keys: 16, signatures: 8 }

/**
 * Judges an answer with texts at exactly that name. `anchors` are keys of the root, null for IANA's; `now` is in
 * milliseconds.
 */
export async function securityOf(
  ask: Ask,
  name: string,
  answer: Answer,
  anchors: readonly TrustAnchor[] | null,
  now: number,
): Promise<DnsSecurity> {
  const signer = signerOf(answer, name)
  // What is not signed must not be: the zone is at the highest the parent of the name, where the server's own name is.
  const zones = zonesTo(signer ?? name.slice(name.indexOf('.') + 1))
  const [keys, delegations] = await Promise.all([
    askEach(ask, ['.', ...zones], 'DNSKEY'),
    askEach(ask, zones, 'DS'),
  ])
  if ([answer, ...keys.values(), ...delegations.values()].some(isExcessive)) return 'bogus'
  if ([...delegations.values()].some(isUnsigned)) return 'insecure'
  if (keys.size <= zones.length || delegations.size < zones.length) return 'indeterminate'
  if (signer === null) return 'bogus'
  const known = new Map([[keyOf(name, 'TXT'), answer], ...keys, ...delegations])
  const found = (name: string, type: string): Buffer | undefined => known.get(keyOf(name, type))?.octets
  // The library takes 15 MB of memory, and most servers meet unsigned zones only.
  const { validate } = await import('./signatures.js')
  return validate(found, name, anchors, new Date(now))
}

// A resolver that refuses these has answered the question itself; what it does not give is left out.
async function askEach(ask: Ask, zones: readonly string[], type: string): Promise<Map<string, Answer>> {
  const answers = await Promise.allSettled(zones.map(zone => ask(zone, type)))
  return new Map(
    answers.flatMap((answer, index) =>
      answer.status === 'fulfilled' ? [[keyOf(zones[index] ?? '', type), answer.value]] : [],
    ),
  )
}

// The zone that signed the texts; the deepest where several say so.
function signerOf({ packet }: Answer, name: string): string | null {
  const signers = (packet.answers ?? []).flatMap(record => {
    const isOurs = record.type === 'RRSIG' && record.name.toLowerCase() === name
    return isOurs && record.data.typeCovered === 'TXT' ? [withoutDot(record.data.signersName)] : []
  })
  const above = signers.filter(signer => signer === name || signer === '' || name.endsWith(`.${signer}`))
  return above.sort((one, other) => other.length - one.length)[0] ?? null
}

/** `a.b.example` as `example`, `b.example`, `a.b.example`. */
function zonesTo(name: string): string[] {
  const labels = name === '' ? [] : name.split('.')
  return labels.map((_, index) => labels.slice(labels.length - 1 - index).join('.'))
}

// RFC 4035 s5.2: without a DS that can be checked, all below is unsigned.
function isUnsigned({ packet }: Answer): boolean {
  return !(packet.answers ?? []).some(
    record =>
      record.type === 'DS' &&
      algorithms.includes(record.data.algorithm) &&
      digestLengths.has(record.data.digestType),
  )
}

function isExcessive({ octets, packet }: Answer): boolean {
  const count = (...types: dnsPacket.RecordType[]): number =>
    (packet.answers ?? []).filter(({ type }) => types.includes(type)).length
  return octets.length > most.octets || count('DNSKEY', 'DS') > most.keys || count('RRSIG') > most.signatures
}

function keyOf(name: string, type: string): string {
  return `${withoutDot(name)} ${type}`
}

function withoutDot(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}
