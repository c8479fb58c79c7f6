// DER of others, read with bounds (X.690): what is not of the shape that is asked for is `null`, and nothing throws.
import forge from 'node-forge'

const { asn1 } = forge
export type Asn1 = forge.asn1.Asn1

/** The extensions of a certificate or of a revocation list (RFC 5280 s4.1). */
export interface Extensions {
  /** What the extension of that name holds; `undefined` where there is none. */
  of(id: string): Buffer | undefined
  /** Whether all that must not be passed over are among these (RFC 5280 s4.2). */
  knows(ids: readonly string[]): boolean
}

/** The one value that the octets hold, nothing before, between or behind. The caller has bounded their number. */
export function readDer(octets: Buffer): Asn1 | null {
  try {
    // The typings know no options. A signature is never read as what it may look like.
    const options = { strict: true, parseAllBytes: true, decodeBitStrings: false } as unknown as boolean
    return asn1.fromDer(octets.toString('latin1'), options)
  } catch {
    return null // its errors are of many kinds
  }
}

/** The parts of a constructed value; none of a primitive one. */
export function partsOf(value: Asn1 | null | undefined): readonly Asn1[] {
  return Array.isArray(value?.value) ? value.value : []
}

/** The octets in a primitive value of that universal type. */
export function primitiveOf(value: Asn1 | undefined, type: forge.asn1.Type): Buffer | null {
  if (value?.tagClass !== asn1.Class.UNIVERSAL || value.type !== type) return null
  return typeof value.value === 'string' ? Buffer.from(value.value, 'latin1') : null
}

/** Whether a value is that object identifier. */
export function isObject(value: Asn1 | undefined, id: string): boolean {
  return primitiveOf(value, asn1.Type.OID)?.toString('latin1') === asn1.oidToDer(id).getBytes()
}

/** A part that is tagged in its context, by its number. */
export function taggedOf(parts: readonly Asn1[], tag: number): Asn1 | null {
  const isTagged = ({ tagClass, type }: Asn1): boolean =>
    tagClass === asn1.Class.CONTEXT_SPECIFIC && (type as number) === tag
  return parts.find(isTagged) ?? null
}

/** Octets as they are signed and compared. */
export function derOf(value: Asn1): Buffer {
  return Buffer.from(asn1.toDer(value).getBytes(), 'latin1')
}

/** Milliseconds; `null` for what is no time (RFC 5280 s4.1.2.5). */
export function timeOf(value: Asn1 | undefined): number | null {
  const utc = primitiveOf(value, asn1.Type.UTCTIME)?.toString('latin1')
  const general = primitiveOf(value, asn1.Type.GENERALIZEDTIME)?.toString('latin1')
  if (utc !== undefined && /^\d{12}Z$/.test(utc)) return finite(asn1.utcTimeToDate(utc))
  if (general !== undefined && /^\d{14}Z$/.test(general)) return finite(asn1.generalizedTimeToDate(general))
  return null
}

/** `null` where one is broken, or comes twice (RFC 5280 s4.2). */
export function extensionsOf(tagged: Asn1 | null): Extensions | null {
  const found = new Map<string, FoundExtension>()
  for (const part of partsOf(partsOf(tagged)[0])) {
    const extension = extensionOf(part)
    if (extension === null || found.has(extension.id)) return null
    found.set(extension.id, extension)
  }
  return {
    of: id => found.get(hexOf(id))?.value,
    knows: ids => [...found.values()].every(({ id, critical }) => !critical || ids.map(hexOf).includes(id)),
  }
}

interface FoundExtension {
  /** Its DER in hex, because not every one can be written with numbers. */
  readonly id: string
  readonly critical: boolean
  readonly value: Buffer
}

function extensionOf(part: Asn1): FoundExtension | null {
  const [name, ...rest] = partsOf(part)
  const id = primitiveOf(name, asn1.Type.OID)?.toString('hex')
  const value = primitiveOf(rest.at(-1), asn1.Type.OCTETSTRING)
  const flag = rest.length === 2 ? primitiveOf(rest[0], asn1.Type.BOOLEAN) : null
  if (id === undefined || value === null || rest.length > 2) return null
  return { id, critical: flag !== null && !flag.equals(Buffer.of(0)), value }
}

function hexOf(id: string): string {
  return Buffer.from(asn1.oidToDer(id).getBytes(), 'latin1').toString('hex')
}

function finite(date: Date): number | null {
  return Number.isFinite(date.getTime()) ? date.getTime() : null
}
