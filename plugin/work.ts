// The slow work that one message or one request causes. It runs away from the thread that speaks, so that the moment of
// speaking tells nothing of it; arguments and results are octets, numbers and words, which pass between threads.
import {
  decodeSecretKey,
  parseCertificate,
  readSubmitted,
  verifyDocument,
  type SignedContent,
  type Submitted,
} from './openpgp/index.js'
import { certifiedSpan, mergeBrought, serverTrusted, userTrusted } from './pki/index.js'
import type { CertifiedSpan, Distrust, Issuers, Verdict } from './pki/index.js'
import type { Domain, RingEntry, UserAddress } from './ports.js'
import { checkProof } from './visits/index.js'
import type { CertificateVerdict, Revoked, VisitingNames, X509Pair } from './x509/index.js'

// What stands on a large library is loaded by its first job, and never by the thread that speaks.
const messages = () => import('./openpgp/message.js')
const copies = () => import('./openpgp/sealed-copy.js')
const texts = () => import('./openpgp/protected-text.js')
const protection = () => import('./openpgp/protected-key.js')
const certificates = () => import('./x509/certificates.js')
const revocations = () => import('./x509/revocation-list.js')
const knownLists = () => import('./x509/known-list.js')
const visiting = () => import('./x509/visiting-certificate.js')

/** Every kind of work. Certificates are raw packets, secret keys transferable ones; `now` is in milliseconds. */
const table = {
  /** @see sealMessage */
  sealMessage: async (content: Buffer, from: Buffer, to: Buffer, now: number): Promise<Buffer> =>
    (await messages()).sealMessage(content, decodeSecretKey(from), parseCertificate(to), now),

  /** @see openMessage */
  openMessage: async (payload: Buffer, to: Buffer, from: Buffer, now: number): Promise<Buffer | null> =>
    (await messages()).openMessage(payload, decodeSecretKey(to), parseCertificate(from), now),

  /** @see openUnverified */
  openUnverified: async (payload: Buffer, to: Buffer): Promise<SignedContent | null> =>
    (await messages()).openUnverified(payload, decodeSecretKey(to)),

  /** @see verifyDocument */
  verifyDocument: (certificate: Buffer, octets: Buffer, signature: Buffer, now: number): Promise<boolean> =>
    verifyDocument(parseCertificate(certificate), octets, signature, now),

  /** @see sealCopy */
  sealCopy: async (octets: Buffer, to: Buffer, now: number): Promise<Buffer> =>
    (await copies()).sealCopy(octets, parseCertificate(to), now),

  /** @see openCopy */
  openCopy: async (copy: Buffer, to: Buffer): Promise<Buffer> =>
    (await copies()).openCopy(copy, decodeSecretKey(to)),

  /** @see checkProof */
  checkProof: (proof: Buffer, user: UserAddress, certificate: Buffer, now: number): Promise<boolean> =>
    checkProof(proof, user, certificate, now),

  /** Why a server's certificate is not trusted; `null` when it is. */
  doubtServer: async (own: Buffer, peer: Buffer, domain: Domain, now: number): Promise<Distrust | null> =>
    doubt(await serverTrusted(parseCertificate(own), parseCertificate(peer), domain, now)),

  /** Why a user's certificate is not trusted; `null` when it is. */
  doubtUser: async (
    user: Buffer,
    address: UserAddress,
    authority: Buffer,
    now: number,
  ): Promise<Distrust | null> =>
    doubt(await userTrusted(parseCertificate(user), address, parseCertificate(authority), now)),

  /** @see protectKey */
  protectKey: async (key: Buffer, passphrase: string): Promise<string> =>
    (await protection()).protectKey(decodeSecretKey(key), passphrase),

  /** @see unprotectKey */
  unprotectKey: async (key: Buffer, passphrase: string): Promise<Buffer | null> =>
    (await protection()).unprotectKey(key, passphrase),

  /** @see protectText */
  protectText: async (text: Buffer, passphrase: string): Promise<Buffer> =>
    (await texts()).protectText(text, passphrase),

  /** @see unprotectText */
  unprotectText: async (message: Buffer, passphrase: string): Promise<Buffer | null> =>
    (await texts()).unprotectText(message, passphrase),

  /** @see makeX509Authority */
  makeX509Authority: async (domain: Domain, now: number): Promise<X509Pair> =>
    (await certificates()).makeX509Authority(domain, now),

  /** @see issueClientCertificate */
  issueClientCertificate: async (
    domain: Domain,
    authority: X509Pair,
    user: UserAddress,
    now: number,
  ): Promise<X509Pair> => (await certificates()).issueClientCertificate(domain, authority, user, now),

  /** @see renewX509Authority */
  renewX509Authority: async (domain: Domain, authority: X509Pair, now: number): Promise<X509Pair> =>
    (await certificates()).renewX509Authority(domain, authority, now),

  /** @see encodePkcs12 */
  encodePkcs12: async (
    authority: X509Pair,
    client: X509Pair,
    name: string,
    password: string,
  ): Promise<Buffer> => (await certificates()).encodePkcs12(authority, client, name, password),

  /** @see makeRevocationList */
  makeRevocationList: async (
    authority: X509Pair,
    revoked: readonly Revoked[],
    now: number,
  ): Promise<Buffer> => (await revocations()).makeRevocationList(authority, revoked, now),

  /** The number of a revocation list of another authority; `null` where that did not sign it. @see readRevocationList */
  numberOfList: async (list: Buffer, authority: Buffer): Promise<bigint | null> =>
    (await knownLists()).readRevocationList(list, authority)?.number ?? null,

  /** @see readVisitingNames */
  readVisitingNames: async (der: Buffer): Promise<VisitingNames | null> =>
    (await visiting()).readVisitingNames(der),

  /** @see judgeVisiting */
  judgeVisiting: async (
    der: Buffer,
    authority: Buffer,
    list: Buffer,
    now: number,
  ): Promise<CertificateVerdict> => (await visiting()).judgeVisiting(der, authority, list, now),

  /** @see certifiedSpan */
  certifiedSpan: (
    certificate: Buffer,
    userId: string,
    issuer: Buffer,
    now: number,
  ): Promise<CertifiedSpan | null> =>
    certifiedSpan(parseCertificate(certificate), userId, parseCertificate(issuer), now),
  /** @see readSubmitted */
  readSubmitted: async (received: string | Buffer): Promise<Submitted> =>
    Promise.resolve(readSubmitted(received)),

  /** @see mergeBrought */
  mergeBrought: (
    kind: RingEntry['kind'],
    ring: Buffer,
    brought: Buffer,
    issuers: Issuers,
    now: number,
  ): Promise<Buffer | null> => mergeBrought(kind, ring, brought, issuers, now),
}

export type Jobs = typeof table

// Typed by name, so that the compiler ties a name to its arguments.
const jobs: { [Name in keyof Jobs]: (...job: Parameters<Jobs[Name]>) => ReturnType<Jobs[Name]> } = table

function doubt(verdict: Verdict): Distrust | null {
  return verdict.trusted ? null : verdict.reason
}

/** Does work; see the table above. @throws what the job throws */
export interface Work {
  run<Name extends keyof Jobs>(name: Name, ...job: Parameters<Jobs[Name]>): ReturnType<Jobs[Name]>
}

/** Runs a job on this thread, as the worker does. */
export function runJob<Name extends keyof Jobs>(
  name: Name,
  ...job: Parameters<Jobs[Name]>
): ReturnType<Jobs[Name]> {
  return jobs[name](...job)
}

/** Work on this thread, for simulations: nobody watches their moments of speaking. */
export const sameThread: Work = { run: runJob }
