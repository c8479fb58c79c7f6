// Versioned OpenPGP fingerprints as people write them and programs print them; the only maker of the branded type from text.
import { PluginError } from './errors.js'
import type { Fingerprint } from './ports.js'

/**
 * Parses `04` and 40 hex digits; spaces and upper case, as other programs print them, are taken too.
 * @throws PluginError `bad-format`
 */
export function parseFingerprint(text: string): Fingerprint {
  const digits = text.length <= 100 ? text.replaceAll(' ', '').toLowerCase() : ''
  if (!/^04[0-9a-f]{40}$/.test(digits)) {
    throw new PluginError(
      'bad-format',
      'This is not a fingerprint; write 04 and the 40 hex digits of the key.',
    )
  }
  return digits as Fingerprint
}

/** As other programs print the fingerprint of a version 4 key: 40 upper-case digits. */
export function printFingerprint(fingerprint: Fingerprint): string {
  return fingerprint.slice(2).toUpperCase()
}
