// Multiprecision integers (RFC 9580 s3.2).

/** Writes a number given as octets, without its leading zeros. */
export function encodeMpi(octets: Buffer): Buffer {
  const first = octets.findIndex(octet => octet !== 0)
  const value = first < 0 ? Buffer.alloc(0) : octets.subarray(first)
  const bits = value.length === 0 ? 0 : value.length * 8 - Math.clz32(value[0] ?? 0) + 24
  return Buffer.concat([Buffer.of(bits >> 8, bits & 0xff), value])
}

/** Reads one number. @returns `null` when it ends too early */
export function readMpi(octets: Buffer, at: number): { value: Buffer; end: number } | null {
  if (at + 2 > octets.length) return null
  const end = at + 2 + ((octets.readUInt16BE(at) + 7) >> 3)
  return end > octets.length ? null : { value: octets.subarray(at + 2, end), end }
}

/** Puts the leading zeros back that an MPI leaves out. A value already longer stays as it is. */
export function leftPad(value: Buffer, length: number): Buffer {
  return Buffer.concat([Buffer.alloc(Math.max(length - value.length, 0)), value])
}
