// Every parser that faces the outside, in the order in which they are fuzzed.
import type { Fuzzed } from '../target.js'
import { commandTargets } from './commands.js'
import { deliveryTargets } from './delivery.js'
import { dnsTargets } from './dns.js'
import { fileTargets } from './files.js'
import { httpTargets } from './http.js'
import { morTargets } from './mor.js'
import { openpgpTargets } from './openpgp.js'
import { peerTargets } from './peers.js'
import { visitTargets } from './visits.js'
import { wordTargets } from './words.js'
import { xmppTargets } from './xmpp.js'

export const targets: readonly Fuzzed[] = [
  ...morTargets,
  ...deliveryTargets,
  ...openpgpTargets,
  ...peerTargets,
  ...visitTargets,
  ...xmppTargets,
  ...httpTargets,
  ...dnsTargets,
  ...wordTargets,
  ...commandTargets,
  ...fileTargets,
]
