// How long may be what comes from others about X.509, in octets.

/** A certificate; one with an RSA key of 4,096 bits takes about 1,500. */
export const longestCertificate = 8192
/** A revocation list: some forty thousand certificates that were taken back. */
export const longestList = 2 * 1024 * 1024
