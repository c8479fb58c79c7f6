// The domain's X.509 authority: certificates for chat clients, and the list of those that were taken back (PROTO s9.6).
export { ensureBound, x509Pin } from './binding.js'
export {
  encodePkcs12,
  issueClientCertificate,
  makeX509Authority,
  renewX509Authority,
  type X509Pair,
} from './certificates.js'
export { makeRevocationList, type Revoked } from './revocation-list.js'
export { createX509, type X509 } from './x509.js'
