// The domain's X.509 authority: certificates for chat clients, and the list of those that were taken back (PROTO s9.6).
// What is made with node-forge is left out: the worker thread loads it when it makes some.
export { ensureBound, x509Pin } from './binding.js'
export type { X509Pair } from './certificates.js'
export type { Revoked } from './revocation-list.js'
export { createX509, type X509 } from './x509.js'
export type { CertificateVerdict, VisitingNames } from './visiting-certificate.js'
export { startVisiting } from './visiting.js'
