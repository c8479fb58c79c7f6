// The X.509 authority over HTTP: nothing before there is one, then its certificate, statement and list.
import { X509Certificate } from 'node:crypto'
import t from 'tap'
import { ensureBound } from '../../../plugin/x509/index.js'
import { createOpenssl } from '../../_openssl.js'
import { aliceAddress, createKeyServers } from '../../_key-servers.js'

const { app, a, clock, x509 } = await createKeyServers({ start: Date.now() })
const names = ['authority.cer', 'authority.pem', 'authority.crl', 'statement.txt', 'statement.sig']
const get = (name: string) => app.inject(`/x509/${name}`)

t.test('there is nothing before the authority is needed, and asking does not make it', async t => {
  for (const name of names) t.equal((await get(name)).statusCode, 404, name)
  t.equal(await a.store.loadX509Authority(), null)
})

t.test('certificate and statement are what anybody can check', async t => {
  const authority = await x509.authority()
  const [der, pem, text, signature] = await Promise.all(
    ['authority.cer', 'authority.pem', 'statement.txt', 'statement.sig'].map(get),
  )
  t.same(
    [der, pem, text, signature].map(answer => [answer?.statusCode, answer?.headers['content-type']]),
    [
      [200, 'application/pkix-cert'],
      [200, 'application/x-pem-file'],
      [200, 'text/plain; charset=utf-8'],
      [200, 'application/pgp-signature'],
    ],
  )
  t.equal(pem?.body, authority)
  t.same(der?.rawPayload, new X509Certificate(authority).raw)
  const statement = {
    text: text?.rawPayload ?? Buffer.alloc(0),
    signature: signature?.rawPayload ?? Buffer.alloc(0),
  }
  t.ok(await ensureBound(a.domain, authority, a.identity.certificate, statement, clock.now()))
})

t.test('the list shows what was taken back, and is not sent twice', async t => {
  const { serial } = await x509.issue(aliceAddress)
  const before = await get('authority.crl')
  t.equal(before.headers['content-type'], 'application/pkix-crl')
  const same = { url: '/x509/authority.crl', headers: { 'if-none-match': String(before.headers['etag']) } }
  t.equal((await app.inject(same)).statusCode, 304)
  await x509.revoke(serial, 'superseded')
  const after = await app.inject(same)
  t.equal(after.statusCode, 200)
  const openssl = await createOpenssl(t.testdir())
  const file = await openssl.file('list.crl', after.rawPayload)
  const text = await openssl.run('crl', '-inform', 'der', '-in', file, '-noout', '-text')
  t.match(text, new RegExp(`Serial Number: ${serial.toUpperCase()}`))
})

t.test('nothing else is there, and nothing is taken', async t => {
  t.equal((await get('authority.key')).statusCode, 404)
  t.equal((await app.inject({ method: 'POST', url: '/x509/authority.cer' })).statusCode, 405)
})
