// Users of peers log in here by certificate: what is known of their authorities, who they are, and the visits that begin so.
import type { Cancel } from '../ports.js'
import { startPeerAuthorities, type PeerAuthoritiesOptions } from './peer-authorities.js'
import { startReception, type ReceptionOptions } from './reception.js'
import { createVerifier, type VerifierOptions } from './visitors.js'

export type VisitingOptions = PeerAuthoritiesOptions &
  Omit<VerifierOptions, 'authorities'> &
  Omit<ReceptionOptions, 'authorities' | 'verify'>

/** Fetches from peers, answers them, and receives visitors. */
export function startVisiting(options: VisitingOptions): Cancel {
  const authorities = startPeerAuthorities(options)
  const verify = createVerifier({ ...options, authorities })
  const stopReception = startReception({ ...options, authorities, verify })
  return () => {
    stopReception()
    authorities.stop()
  }
}
