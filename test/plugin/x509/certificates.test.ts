// X.509: what the authority makes, as Node and a TLS server read it.
import { X509Certificate, createPrivateKey } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type TLSSocket } from 'node:tls'
import t from 'tap'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import { encodePkcs12, issueClientCertificate, makeX509Authority } from '../../../plugin/x509/certificates.js'

const now = Date.now()
const domain = parseDomain('a.example')
const alice = parseUserAddress('alice@a.example')
const authority = await makeX509Authority(domain, now)
const other = await makeX509Authority(parseDomain('b.example'), now)
const client = await issueClientCertificate(domain, authority, alice, now)

t.test('the authority signs itself and may sign others', async t => {
  const read = new X509Certificate(authority.certificate)
  t.equal(read.ca, true)
  t.ok(read.verify(read.publicKey))
  t.ok(read.checkPrivateKey(createPrivateKey(authority.key)))
  t.equal(read.subject, 'DC=example\nDC=a\nCN=P3DO authority')
  t.equal(read.publicKey.asymmetricKeyDetails?.modulusLength, 3072)
})

t.test('a user’s certificate carries the address and is the authority’s', async t => {
  const read = new X509Certificate(client.certificate)
  const issuer = new X509Certificate(authority.certificate)
  t.ok(read.checkIssued(issuer))
  t.ok(read.verify(issuer.publicKey))
  t.notOk(read.verify(new X509Certificate(other.certificate).publicKey))
  t.ok(read.checkPrivateKey(createPrivateKey(client.key)))
  t.equal(read.ca, false)
  t.equal(read.subjectAltName, 'othername:XmppAddr:alice@a.example')
  t.same(read.keyUsage, ['1.3.6.1.5.5.7.3.2'], 'for logging in only')
  t.match(read.serialNumber, /^[4-7][0-9A-F]{31}$/)
})

t.test('it is valid for ninety days, and an hour before for clocks that differ', async t => {
  const read = new X509Certificate(client.certificate)
  const seconds = Math.floor(now / 1000) * 1000
  t.equal(Date.parse(read.validFrom), seconds - 3_600_000)
  t.equal(Date.parse(read.validTo), seconds + 90 * 86_400_000)
})

t.test('addresses beyond ASCII and long ones are carried whole', async t => {
  for (const local of ['ünï', 'a'.repeat(200)]) {
    const user = parseUserAddress(`${local}@a.example`)
    const { certificate } = await issueClientCertificate(domain, authority, user, now)
    const { raw, subject } = new X509Certificate(certificate)
    t.ok(raw.includes(Buffer.from(user)))
    t.equal(subject.includes('CN='), local.length < 64)
  }
})

t.test('nobody gets a certificate of another domain', async t => {
  const bob = parseUserAddress('bob@b.example')
  await t.rejects(issueClientCertificate(domain, authority, bob, now), { code: 'not-local' })
  await t.rejects(issueClientCertificate(domain, other, alice, now), { code: 'config-invalid' })
})

/** What a server that trusts an authority says of the client behind a PKCS #12 file. */
async function logIn(trusted: string, pfx: Buffer, passphrase: string) {
  const server = createServer({
    key: authority.key,
    cert: authority.certificate,
    ca: trusted,
    requestCert: true,
    rejectUnauthorized: false,
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const accepted = once(server, 'secureConnection') as Promise<[TLSSocket]>
  const socket = connect({ host: '127.0.0.1', port, pfx, passphrase, rejectUnauthorized: false })
  const [seen] = await accepted
  const result = { authorized: seen.authorized, names: seen.getPeerCertificate().subjectaltname }
  socket.destroy()
  seen.destroy()
  server.close()
  return result
}

t.test(
  'the file for chat clients opens with its password and logs in where the authority is trusted',
  async t => {
    const pfx = encodePkcs12(authority, client, alice, 'correct horse')
    t.same(await logIn(authority.certificate, pfx, 'correct horse'), {
      authorized: true,
      names: 'othername:XmppAddr:alice@a.example',
    })
    t.match(await logIn(other.certificate, pfx, 'correct horse'), { authorized: false })
    t.throws(() => connect({ port: 9, pfx, passphrase: 'wrong' }), /mac verify failure/)
    t.notOk(pfx.includes(createPrivateKey(client.key).export({ type: 'pkcs8', format: 'der' })))
  },
)
