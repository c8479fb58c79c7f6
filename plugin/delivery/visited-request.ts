// The request `visited`: what came in for a user at the server that he visited (PROTO s9.4, s12.6).
import * as v from 'valibot'
import { parseDomain, parseUserAddress } from '../addresses.js'
import type { UserAddress } from '../ports.js'
import { longestProof } from '../visits/index.js'
import type { Handed } from './conversation-state.js'
import type { VisitedConversation } from './visited.js'

/** A conversation, and how far it came. */
export type HandedConversation = Omit<VisitedConversation, 'recipient' | 'proof'> & Handed

// Of the longest, with addresses of 255 octets, some 150,000 octets.
const mostInPage = 64
const mostUnshown = 64

const address = v.pipe(v.string(), v.maxLength(1023), v.transform(parseUserAddress))
const number = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32))
const octets = (pattern: RegExp, coding: 'hex' | 'base64') =>
  v.pipe(
    v.string(),
    v.regex(pattern),
    v.transform(text => Buffer.from(text, coding)),
  )
const handed = v.strictObject({
  sender: address,
  server: v.pipe(v.string(), v.maxLength(253), v.transform(parseDomain)),
  conversation: octets(/^[0-9a-f]{32}$/u, 'hex'),
  next: number,
  unshown: v.pipe(
    v.array(
      v.strictObject({ sequence: number, outcome: v.picklist(['recipient-unknown', 'refused', 'unsure']) }),
    ),
    v.maxLength(mostUnshown),
  ),
})

/** The body of the request. */
export const visitedRequest = v.strictObject({
  user: address,
  proof: v.pipe(
    v.string(),
    v.maxLength(4 * Math.ceil(longestProof / 3)),
    v.base64(),
    v.transform(text => Buffer.from(text, 'base64')),
  ),
  conversations: v.pipe(v.array(handed), v.maxLength(mostInPage)),
  last: v.boolean(),
})

export type VisitedRequest = v.InferOutput<typeof visitedRequest>

/** The bodies that tell all; the last one says so. */
export function pagesOf(
  { user, proof }: { readonly user: UserAddress; readonly proof: Buffer },
  conversations: readonly HandedConversation[],
): readonly v.InferInput<typeof visitedRequest>[] {
  const pages = Math.max(1, Math.ceil(conversations.length / mostInPage))
  return Array.from({ length: pages }, (_, page) => ({
    user,
    proof: proof.toString('base64'),
    conversations: conversations.slice(page * mostInPage, (page + 1) * mostInPage).map(encode),
    last: page === pages - 1,
  }))
}

function encode({
  sender,
  server,
  conversation,
  next,
  unshown,
}: HandedConversation): v.InferInput<typeof handed> {
  return {
    sender,
    server,
    conversation: conversation.toString('hex'),
    next,
    unshown: unshown.slice(-mostUnshown).map(({ sequence, outcome }) => ({ sequence, outcome })),
  }
}
