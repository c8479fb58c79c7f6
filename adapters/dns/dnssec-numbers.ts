// What `@relaycorp/dnssec` can check, by IANA's numbers: the library is loaded only where something is to be checked.

/** RSA with SHA-1, SHA-256 and SHA-512, ECDSA P-256 and P-384, Ed25519, Ed448 (RFC 8624 s3.1). */
export const algorithms: readonly number[] = [5, 8, 10, 13, 14, 15, 16]

/** Octets of a digest by its type: SHA-1, SHA-256, SHA-384 (RFC 8624 s3.3). */
export const digestLengths: ReadonlyMap<number, number> = new Map([
  [1, 20],
  [2, 32],
  [4, 48],
])
