// OpenPGP: the strict packet codec of cells and onions, certificates as raw packets, signatures (RFC 9580).
export { seal, unseal } from './sealed-packet.js'
export {
  ensureLayer,
  layerEnd,
  layerOverhead,
  openLayer,
  readLayer,
  wrapLayer,
  wrapStatement,
  type OpenedLayer,
} from './layer.js'
export {
  generateUnwrappingKey,
  secretOctets,
  unwrappingKey,
  unwrappingKeyOf,
  usableWrappingKey,
  wrappingKey,
  type UnwrappingKey,
  type WrappingKey,
} from './x25519.js'
export {
  addUserIdSignature,
  findUserId,
  parseCertificate,
  type Certificate,
  type UserId,
} from './certificate.js'
export { armorCertificates, armorMessage, dearmorCertificates, readArmor } from './armor.js'
export { readSignedText } from './clear-signed.js'
export { bitsOf, type PublicKey } from './public-key.js'
export { claimsIssuer, issuerKeyIdOf, type Signature } from './signature.js'
export { broughtFor, claimedKeyIds, readSubmitted, type Submitted } from './submitted.js'
export { approveCertifications, hasApproval, withoutUnapproved } from './approval.js'
export { clockTolerance, isCurrent } from './signing.js'
export { nextChange } from './next-change.js'
export { certificationBy, keyFlag, standingOf, type Standing } from './standing.js'
export { mergeCertificates, type KnownIssuer } from './merge.js'
export { beforeSupersession } from './key-revocation.js'
export { handedOver, handOver, type Succession } from './succession.js'
export { decodeServerKeys, encodeServerKeys, parseCertificates } from './sequences.js'
export { withoutEndedSubkeys } from './ended.js'
export {
  certifyServer,
  certifyUserId,
  countersignatureLifetime,
  isCountersignature,
  isPlain,
  longestMailboxCopy,
  mailboxCopyIn,
  mailboxKeyIn,
  revokeCertification,
  userCertificationLifetime,
} from './certification.js'
export { decodeSecretKey, encodeSecretKey, signerOf, type SecretKey } from './secret-key.js'
export {
  addRoutingKey,
  currentRoutingKey,
  forgetRoutingKeys,
  generateServerKey,
  needsRoutingKey,
  newestRoutingKeyTime,
  routingKeyPeriod,
  routingKeys,
  serverUserId,
  withoutRoutingKeys,
  type RoutingKey,
  type ServerKey,
} from './server-key.js'
export { generateUserKey, revokeKey, userIdOf, type UserKey } from './user-key.js'
export { signDocument, verifyDocument, verifyText } from './document.js'
export type { SignedContent } from './message.js'
export { isEncryptedTo, longestMessage } from './message-recipients.js'
