// What a user of this server does with the certificate that the key server gives out under his name, after he showed that
// the name is his (draft-ietf-openpgp-hkp, "canonical", "sendtoken").
import type { Clock, Domain, Random, RingStore, Submission, UserAddress, UserLink } from '../ports.js'
import { userOf } from './names.js'
import type { Submit } from './submission.js'
import { createTokens } from './tokens.js'

export interface ClaimOptions {
  readonly domain: Domain
  readonly ring: RingStore
  readonly clock: Clock
  readonly random: Random
  readonly users: Pick<UserLink, 'deliver'>
}

export interface Claims {
  /** See `KeyServer.sendToken`. */
  sendToken(identity: string): Promise<void>
  /** See `KeyServer.claim`. */
  claim(identity: string, token: string, received: string | Buffer): Promise<Submission | null>
}

export function createClaims({ domain, ring, clock, random, users }: ClaimOptions, submit: Submit): Claims {
  const tokens = createTokens(clock, random)
  const localUser = (identity: string): UserAddress | null => {
    const user = userOf(identity)
    return user?.endsWith(`@${domain}`) ? user : null
  }
  return {
    async sendToken(identity) {
      const user = localUser(identity)
      if (user === null || (await ring.find('user', user)) === null) return
      const token = tokens.issue(user)
      if (token === null) return
      try {
        await users.deliver({ user, contact: null, body: wordsFor(user, token) })
      } catch (error) {
        tokens.forget(user)
        throw error
      }
    },
    async claim(identity, token, received) {
      const user = localUser(identity)
      if (user === null || !tokens.isValid(user, token)) return null
      const submission = await submit(received, user)
      if (submission.outcome === 'updated' || submission.outcome === 'unchanged') tokens.spend(user)
      return submission
    },
  }
}

function wordsFor(user: UserAddress, token: string): string {
  return `Somebody asked the key server for a token to bring your key; if it was not you, do nothing. It is good for an hour:
${token}
Send the key with "Authorization: Bearer" and this token as PUT to /pks/v2/canonical/xmpp:${user} of the key server.`
}
