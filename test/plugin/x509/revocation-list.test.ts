// The list of revoked certificates, with OpenSSL as judge.
import { X509Certificate } from 'node:crypto'
import t, { type Test } from 'tap'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import {
  issueClientCertificate,
  makeX509Authority,
  renewX509Authority,
} from '../../../plugin/x509/certificates.js'
import { makeRevocationList, type Revoked } from '../../../plugin/x509/revocation-list.js'
import { day, hour } from '../../_certificates.js'
import { createOpenssl } from '../../_openssl.js'

const now = Math.floor(Date.now() / 1000) * 1000
const domain = parseDomain('a.example')
const authority = await makeX509Authority(domain, now)
const alice = await issueClientCertificate(domain, authority, parseUserAddress('alice@a.example'), now)
const bob = await issueClientCertificate(domain, authority, parseUserAddress('bob@a.example'), now)
const serialOf = (pem: string) => new X509Certificate(pem).serialNumber
const revokedAlice: Revoked = {
  serial: serialOf(alice.certificate).toLowerCase(),
  revoked: now - hour,
  reason: 'account-gone',
}

async function judge(t: Test, revoked: readonly Revoked[], at = now) {
  const openssl = await createOpenssl(t.testdir())
  const list = await openssl.file('list.crl', makeRevocationList(authority, revoked, at))
  const ca = await openssl.file('ca.pem', authority.certificate)
  const pem = await openssl.run('crl', '-inform', 'der', '-in', list)
  const trusted = await openssl.file('trusted.pem', authority.certificate + pem)
  const verify = async (certificate: string, seconds = now / 1000) => {
    const file = await openssl.file('client.pem', certificate)
    return openssl
      .run('verify', '-crl_check', '-attime', String(seconds), '-CAfile', trusted, file)
      .catch((error: unknown) => (error as { stderr: string }).stderr)
  }
  return {
    verify,
    text: await openssl.run('crl', '-inform', 'der', '-in', list, '-noout', '-text', '-CAfile', ca),
  }
}

t.test('an empty list is signed by the authority and has no lines', async t => {
  const { text, verify } = await judge(t, [])
  t.match(text, /verify OK/)
  t.match(text, /No Revoked Certificates/)
  t.match(text, /Version 2/)
  t.match(text, /Issuer: DC = example, DC = a, CN = P3DO authority/)
  t.match(await verify(alice.certificate), /: OK/)
})

t.test('a certificate on the list is refused, and no other', async t => {
  const { text, verify } = await judge(t, [revokedAlice])
  t.match(text, new RegExp(`Serial Number: ${serialOf(alice.certificate)}`))
  t.match(text, /Cessation Of Operation/)
  t.match(await verify(alice.certificate), /certificate revoked/)
  t.match(await verify(bob.certificate), /: OK/)
})

t.test('each reason is written as the standard numbers it', async t => {
  const reasons = ['key-compromise', 'superseded', 'unspecified'] as const
  const { text } = await judge(
    t,
    reasons.map((reason, at) => ({ serial: `4${at}`, revoked: now, reason })),
  )
  t.match(text, /Serial Number: 40[^]*Key Compromise[^]*Serial Number: 41[^]*Superseded[^]*Serial Number: 42/)
  t.notMatch(text, /Unspecified/)
})

t.test('it ends after a week, and begins an hour early for clocks that differ', async t => {
  const { text, verify } = await judge(t, [])
  const shown = (at: number) => {
    const [, , month = '', year = '', time = ''] = new Date(at).toUTCString().split(' ')
    return new RegExp(`${month} +${new Date(at).getUTCDate()} ${time} ${year} GMT`)
  }
  t.match(text, new RegExp(`Last Update: ${shown(now - hour).source}`))
  t.match(text, new RegExp(`Next Update: ${shown(now + 7 * day).source}`))
  t.match(await verify(bob.certificate, now / 1000 + 8 * 86_400), /CRL has expired/)
})

t.test('its number grows with time, so that a restored authority never goes back', async t => {
  const numberAt = async (at: number) =>
    Number(/X509v3 CRL Number: *\n? *(0x[0-9A-F]+|[0-9]+)/i.exec((await judge(t, [], at)).text)?.[1])
  t.equal(await numberAt(now), now)
  t.equal(await numberAt(now + 1), now + 1)
})

t.test('dates from 2050 on have four digits for the year', async t => {
  const { text } = await judge(t, [], Date.UTC(2049, 11, 31))
  t.match(text, /Next Update: Jan +7 00:00:00 2050/)
})

t.test(
  'an authority that was renewed has the same key, and what it issued and listed stays good',
  async t => {
    const renewed = renewX509Authority(domain, authority, now + 3000 * day)
    const openssl = await createOpenssl(t.testdir())
    t.equal(Date.parse(new X509Certificate(renewed.certificate).validTo) > now + 6000 * day, true)
    const files = {
      ca: await openssl.file('ca.pem', renewed.certificate),
      list: await openssl.file('list.crl', makeRevocationList(authority, [], now)),
    }
    t.ok(new X509Certificate(alice.certificate).verify(new X509Certificate(renewed.certificate).publicKey))
    t.match(
      await openssl.run('crl', '-inform', 'der', '-in', files.list, '-noout', '-CAfile', files.ca),
      /OK/,
    )
  },
)
