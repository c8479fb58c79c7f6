// The authority of this server, verdicts on certificates, and statements between servers (PROTO s9).
export { certifiedSpan, type CertifiedSpan } from './certified-span.js'
export { createAuthority } from './authority.js'
export { encodeStatement, longestStatement, openStatement, type Statement } from './statement.js'
export { mailboxKeyOf, serverTrusted, userTrusted, type Distrust, type Verdict } from './trust.js'
export { createDirectory, type Directory, type Mailbox } from './directory.js'
export { mergeBrought, type Issuers } from './merging.js'
export { type Peer, type PeerChoice } from './contacts.js'
export {
  createPeerList,
  initialChoices,
  type FederationPolicy,
  type ListedPeer,
  type PeerList,
} from './peer-list.js'
export { createFederation, type Federation } from './federation.js'
export { distrustWords } from './distrust-words.js'
export { createDnsWords } from './dns-words.js'
export { createExplainer, type Explainer } from './explanation.js'
export { openIdentity, type ServerIdentity } from './identity.js'
export { ensureNotSuspended, type SuspensionChange, type Suspensions } from './suspensions.js'
export { startKeyWitnesses } from './key-witnesses.js'
export { type KeyPolicy } from './hold-down.js'
export { startRingExchange } from './ring-exchange.js'
export { changeOwnKey } from './takeover.js'
