// Passphrases for files that leave the server.
import type { Random } from './ports.js'

/** A hundred bits in groups that can be typed; no letter is taken for a digit. */
export function newPassphrase(random: Random): string {
  const alphabet = 'abcdefghjkmnpqrstuvwxyz023456789'
  const letters = Array.from(random.octets(20), octet => alphabet[octet & 31])
  return [0, 5, 10, 15].map(from => letters.slice(from, from + 5).join('')).join('-')
}
