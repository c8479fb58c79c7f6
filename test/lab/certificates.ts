// Self-signed X.509 certificates for the laboratory's servers (RFC 5280).
import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import forge from 'node-forge'

export interface Certificate {
  readonly key: string
  readonly certificate: string
}

const day = 86_400_000
const dnsName = 2

/** Makes an RSA key and a certificate for these domain names, both PEM, valid for thirty days, or so many from yesterday on. */
export async function makeCertificate(names: readonly string[], days = 31): Promise<Certificate> {
  const pair = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  const privateKey = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const publicKey = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey)
  certificate.serialNumber = '01'
  const yesterday = Date.now() - day
  certificate.validity.notBefore = new Date(yesterday)
  certificate.validity.notAfter = new Date(yesterday + days * day)
  const subject = [{ name: 'commonName', value: names[0] ?? 'laboratory' }]
  certificate.setSubject(subject)
  certificate.setIssuer(subject)
  const altNames = names.map(value => ({ type: dnsName, value }))
  certificate.setExtensions([{ name: 'subjectAltName', altNames }])
  certificate.sign(forge.pki.privateKeyFromPem(privateKey), forge.md.sha256.create())
  return { key: privateKey, certificate: forge.pki.certificateToPem(certificate) }
}
