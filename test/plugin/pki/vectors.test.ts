// Certificates, certifications and a statement of an earlier build: what was good stays good, to the octet.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import { mergeCertificates, parseCertificate } from '../../../plugin/openpgp/index.js'
import { mailboxKeyOf, openStatement, serverTrusted } from '../../../plugin/pki/index.js'

interface Vector {
  readonly time: number
  readonly authority: string
  readonly server: { domain: string; certificate: string }
  readonly user: { address: string; certificate: string; mailboxKey: string }
  readonly statement: { type: string; from: string; to: string; octets: string }
}

const path = 'test/vectors/trust/valid.json'
const { time, server, user, statement, ...vector } = JSON.parse(readFileSync(path, 'utf8')) as Vector
const read = (text: string) => parseCertificate(Buffer.from(text, 'base64'))
const authority = read(vector.authority)

t.test('the countersigned server is trusted', async t => {
  const verdict = await serverTrusted(authority, read(server.certificate), parseDomain(server.domain), time)
  t.equal(verdict.trusted, true)
})

t.test('the certified user is trusted, with his mailbox key', async t => {
  const key = await mailboxKeyOf(read(user.certificate), parseUserAddress(user.address), authority, time)
  t.equal(key?.toString('base64'), user.mailboxKey)
})

t.test('a countersigned server certifies a pseudonym, and others read in the scope that it may', async t => {
  const text = readFileSync('test/vectors/trust/pseudonym.json', 'utf8')
  const vector = JSON.parse(text) as Omit<Vector, 'statement'>
  const [by, countersigned] = [read(vector.authority), read(vector.server.certificate)]
  const verdict = await serverTrusted(by, countersigned, parseDomain(vector.server.domain), vector.time)
  t.equal(verdict.trusted, true)
  const address = parseUserAddress(vector.user.address)
  const key = await mailboxKeyOf(read(vector.user.certificate), address, countersigned, vector.time)
  t.equal(key?.toString('base64'), vector.user.mailboxKey)
  t.ok(countersigned.octets.includes('^xmpp:[^@/]+@(b\\.example|p3do\\.b\\.example)$\0'))
})

t.test('the statement is read', async t => {
  const expected = { type: statement.type, from: parseDomain(statement.from), to: parseDomain(statement.to) }
  const body = await openStatement(Buffer.from(statement.octets, 'base64'), [authority], expected, time)
  t.same(body, { ...expected, time })
})

t.test('merged with itself, nothing changes', async t => {
  for (const text of [server.certificate, user.certificate]) {
    const certificate = read(text)
    const merged = await mergeCertificates(null, certificate, () => authority.primary)
    t.same(await mergeCertificates(merged, certificate, () => authority.primary), merged)
    t.equal(merged.octets.length, certificate.octets.length)
  }
})
