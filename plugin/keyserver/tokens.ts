// Tokens by which a user proves to the key server that an address is his: they are told in chat (draft-ietf-openpgp-hkp,
// "sendtoken").
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Clock, Random, UserAddress } from '../ports.js'

export interface Tokens {
  /** A new token of a user in place of his last; `null` where he got one a short while ago, so that nobody floods him. */
  issue(user: UserAddress): string | null
  /** Whether this is the user's token, which stays good until `spend`. */
  isValid(user: UserAddress, token: string): boolean
  spend(user: UserAddress): void
  /** Lets the user get another one at once. */
  forget(user: UserAddress): void
}

// How long a token is good, in milliseconds.
const tokenLifetime = 3_600_000
const pause = 600_000
const mostTokens = 4096
const tokenOctets = 24

/** Keeps them in memory, hashed; a restart forgets them. */
export function createTokens(clock: Clock, random: Random): Tokens {
  const tokens = new Map<UserAddress, { digest: Buffer; issued: number }>()
  const live = (user: UserAddress) => {
    const found = tokens.get(user)
    return found && clock.now() < found.issued + tokenLifetime ? found : null
  }
  return {
    issue(user) {
      const last = live(user)
      if (last && clock.now() < last.issued + pause) return null
      const token = random.octets(tokenOctets).toString('base64url')
      // The oldest come first.
      tokens.delete(user)
      const [oldest] = tokens.keys()
      if (tokens.size >= mostTokens && oldest !== undefined) tokens.delete(oldest)
      tokens.set(user, { digest: digestOf(token), issued: clock.now() })
      return token
    },
    isValid(user, token) {
      const found = live(user)
      return found !== null && timingSafeEqual(found.digest, digestOf(token))
    },
    forget: user => void tokens.delete(user),
    spend(user) {
      const found = tokens.get(user)
      if (found) found.digest = Buffer.alloc(found.digest.length) // no token has this digest, and the pause goes on
    },
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
