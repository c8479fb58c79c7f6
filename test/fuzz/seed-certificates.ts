// Certificates of other programs and of this project, small ones, to begin with.
import { readFile } from 'node:fs/promises'
import { parseDomain, parseUserAddress } from '../../plugin/addresses.js'
import { generateServerKey, generateUserKey } from '../../plugin/openpgp/index.js'
import { today } from '../_certificates.js'

const longest = 2500

interface Vector {
  readonly certificate: string
}

/** Those of the vectors that are not long, and two of today. */
export async function createSeedCertificates(): Promise<readonly Buffer[]> {
  const kept = await Promise.all(['valid', 'invalid'].map(vectors))
  const own = [
    generateServerKey(parseDomain('a.example'), today),
    generateUserKey(parseUserAddress('alice@a.example'), today),
  ]
  return [
    ...kept.flat().filter(({ length }) => length < longest),
    ...own.map(({ certificate }) => certificate.octets),
  ]
}

async function vectors(kind: string): Promise<Buffer[]> {
  const text = await readFile(`test/vectors/certificates/${kind}.json`, 'utf8')
  return (JSON.parse(text) as Vector[]).map(({ certificate }) => Buffer.from(certificate, 'base64'))
}
