// Multiprecision integers (RFC 9580 s3.2).

/** Writes a number given as octets, without its leading zeros. */
export function encodeMpi(octets: Buffer): Buffer {
  const first = octets.findIndex(octet => octet !== 0)
  const value = first < 0 ? Buffer.alloc(0) : octets.subarray(first)
  const bits = bitLength(value)
  return Buffer.concat([Buffer.of(bits >> 8, bits & 0xff), value])
}

/** Reads one number. @returns `null` when it ends too early, or says another length than it has: there is one form only */
export function readMpi(octets: Buffer, at: number): { value: Buffer; end: number } | null {
  if (at + 2 > octets.length) return null
  const bits = octets.readUInt16BE(at)
  const end = at + 2 + ((bits + 7) >> 3)
  const value = octets.subarray(at + 2, end)
  return end > octets.length || bitLength(value) !== bits ? null : { value, end }
}

function bitLength(value: Buffer): number {
  return value.length === 0 ? 0 : value.length * 8 - Math.clz32(value[0] ?? 0) + 24
}

/** Puts the leading zeros back that an MPI leaves out. A value already longer stays as it is. */
export function leftPad(value: Buffer, length: number): Buffer {
  return value.length >= length ? value : Buffer.concat([Buffer.alloc(length - value.length), value])
}
