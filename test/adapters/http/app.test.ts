// The key server's answers, request by request: status, type, headers, octets.
import t from 'tap'
import {
  armorCertificates,
  encodeSecretKey,
  generateUserKey,
  parseCertificate,
} from '../../../plugin/openpgp/index.js'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { revokedKey, withUserId } from '../../_certificates.js'
import { aliceAddress, bobAddress, createKeyServers } from '../../_key-servers.js'

const { app, a, alice, bob, clock, entry, errors } = await createKeyServers()
const own = a.identity.fingerprint.slice(2).toUpperCase()
const digits = alice.certificate.fingerprint.slice(2).toUpperCase()
const subkey = alice.certificate.subkeys[0]?.key.fingerprint.slice(2) ?? ''
const lookUp = (query: string) => app.inject(`/pks/lookup?${query}`)
const onRing = async () => (await entry('user', aliceAddress)).certificate

t.test('HKP: every refusal has its status', async t => {
  for (const [query, status] of [
    ['search=alice@a.example', 400],
    ['op=get', 400],
    ['op=get&search=', 400],
    ['op=get&search=one&search=two', 400],
    ['op=x-else&search=alice@a.example', 501],
    ['op=hget&search=alice@a.example', 501],
    ['op=get&search=0x1234abcd', 400],
    [`op=get&search=0x${'ab'.repeat(32)}`, 404],
    [`op=get&search=0x${'ab'.repeat(20)}`, 404],
    ['op=get&search=carol@a.example', 404],
    ['op=get&search=alice', 404],
    ['op=get&search=a', 404],
    ['op=index&options=mr&search=carol@a.example', 404],
  ] as const) {
    const answer = await lookUp(query)
    t.equal(answer.statusCode, status, query)
    t.match(answer.headers['content-type'], /^text\/plain/)
    t.equal(answer.headers['access-control-allow-origin'], '*')
  }
})

t.test('HKP get: by fingerprint, key ID, subkey, user ID and address, armored', async t => {
  const armored = armorCertificates(await onRing())
  for (const search of [
    `0x${digits}`,
    `0x${digits.toLowerCase()}`,
    `0x${digits.slice(-16)}`,
    `0x${subkey}`,
    `0x${subkey.slice(-16)}`,
    'xmpp:alice@a.example',
    '%3Dxmpp%3AALICE%40a.example',
    'alice@a.example',
  ]) {
    const answer = await lookUp(`op=get&options=mr&search=${search}`)
    t.equal(answer.statusCode, 200, search)
    t.equal(answer.headers['content-type'], 'application/pgp-keys')
    t.match(answer.headers['content-disposition'], `attachment; filename="${digits.toLowerCase()}.asc"`)
    t.equal(answer.body, armored)
    t.ok(answer.body.endsWith('\n'))
  }
})

t.test('HKP get: the server by its domain, its mail address and its whole user ID', async t => {
  for (const search of ['a.example', 'openpgp-ca@a.example', 'a.example+%3Copenpgp-ca@a.example%3E'])
    t.equal((await lookUp(`op=get&search=${search}`)).body, armorCertificates(a.identity.certificate.octets))
  t.equal((await lookUp('op=get&search=a.example+%3Copenpgp-ca@b.example%3E')).statusCode, 404)
})

t.test('HKP index: lines that programs read', async t => {
  const answer = await lookUp('op=index&options=mr&fingerprint=on&search=alice@a.example')
  t.match(answer.headers['content-type'], /^text\/plain/)
  const created = alice.certificate.primary.created
  t.equal(
    answer.body,
    `info:1:1\npub:${digits}:22:256:${created}::\nuid:xmpp%3Aalice@a.example:${created}::\n`,
  )
})

t.test('HKP index and vindex for people: pages in which everything is escaped', async t => {
  const list = await lookUp('op=index&search=alice@a.example')
  t.equal(list.statusCode, 200)
  t.match(list.headers['content-type'], /^text\/html/)
  t.match(list.body, `/pks/lookup?op=vindex&amp;search=0x${digits}`)
  const page = await lookUp(`op=vindex&search=0x${digits}`)
  t.match(page.body, 'xmpp:alice@a.example')
  t.match(page.body, /<dd>trusted since \d{4}-\d\d-\d\d: certified by a\.example, this server, on /)
  const evil = await lookUp('op=index&search=%3Cscript%3Ealert(1)%3C/script%3E%22%27')
  t.equal(evil.statusCode, 404)
  t.notMatch(evil.body, '<script')
  t.match(evil.body, '&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;')
  t.match(evil.headers['content-security-policy'], "default-src 'none'")
})

t.test('the search page and the statistics name the server', async t => {
  t.match((await app.inject('/')).body, own)
  t.match((await lookUp('op=stats')).body, 'a.example')
  t.match((await lookUp('op=stats&options=mr')).json(), { domain: 'a.example' })
})

t.test('HKP add: every outcome has its status, and changes nothing but what it may', async t => {
  const before = await onRing()
  const add = (keytext: string, more = '') =>
    app.inject({
      method: 'POST',
      url: '/pks/add',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: `keytext=${encodeURIComponent(keytext)}${more}`,
    })
  const stranger = generateUserKey(parseUserAddress('mallory@c.example'), clock.now())
  const other = generateUserKey(aliceAddress, clock.now())
  const secret = armorCertificates(encodeSecretKey(alice))
  for (const [keytext, status, words] of [
    ['no key', 400, /no armored key/],
    [armorCertificates(Buffer.from([0xc6, 200])), 400, /OpenPGP data/],
    [secret, 400, /secret key/],
    [secret.replaceAll('PUBLIC', 'PRIVATE'), 400, /secret key/],
    [armorCertificates(stranger.certificate.octets), 422, /none of them/],
    [armorCertificates(other.certificate.octets), 422, /certified in chat/],
    [armorCertificates(alice.certificate.octets.subarray(53)), 422, /not accepted/],
    [armorCertificates(before), 200, /nothing new/],
    [armorCertificates(withUserId(alice, 'xmpp:root@a.example', clock.now()).octets), 200, /nothing new/],
  ] as const) {
    const answer = await add(keytext)
    t.equal(answer.statusCode, status, String(words))
    t.match(answer.body, words)
  }
  t.strictSame(await onRing(), before)
  t.match((await add(armorCertificates(before), '&options=mr')).json(), { outcome: 'unchanged' })
  t.equal((await add('x'.repeat(65_536))).statusCode, 413)
  const empty = { method: 'POST', url: '/pks/add' } as const
  t.equal((await app.inject(empty)).statusCode, 400)
  t.equal(
    (await app.inject({ ...empty, headers: { 'content-type': 'text/xml' }, payload: '<a/>' })).statusCode,
    415,
  )
})

t.test('HKP 2: certificates as octets, and every refusal', async t => {
  const octets = await onRing()
  for (const path of [
    `by-vfingerprint/04${digits}`,
    `by-vfingerprint/04${subkey}`,
    `by-vfingerprint/4/${digits}`,
    `by-keyid/${digits.slice(-16)}`,
    'by-identity/xmpp:alice@a.example',
    'by-identity/XMPP%3AAlice%40a.example',
    '../canonical/xmpp:alice@a.example',
  ]) {
    const answer = await app.inject(new URL(path, 'http://a/pks/v2/certs/').pathname)
    t.equal(answer.statusCode, 200, path)
    t.equal(answer.headers['content-type'], 'application/pgp-keys;armor=no')
    t.strictSame(answer.rawPayload, octets)
  }
  for (const [path, status] of [
    [`certs/by-vfingerprint/${digits}`, 404],
    [`certs/by-vfingerprint/06${digits}`, 404],
    [`certs/by-vfingerprint/0x${digits}`, 404],
    ['certs/by-keyid/1234abcd', 422],
    ['certs/by-identity/alice@a.example', 404],
    ['certs/by-identity/xmpp:carol@a.example', 404],
    ['certs/by-identity', 403],
    ['certs/by-keyid/', 403],
    ['index', 403],
    ['index/xmpp:carol@a.example', 404],
    ['canonical/xmpp:carol@a.example', 404],
    ['canonical/', 403],
    ['prefixlog', 403],
    ['prefixlog/today', 422],
    ['prefixlog/2026-02-31', 400],
    ['certs/by-fingerprint/1', 501],
    ['else', 501],
  ] as const) {
    const answer = await app.inject(`/pks/v2/${path}`)
    t.equal(answer.statusCode, status, path)
    t.equal(answer.headers['access-control-allow-origin'], '*')
  }
})

t.test('HKP 2 index: keys, subkeys, and a verdict for each user ID', async t => {
  const found = (await app.inject('/pks/v2/index/xmpp:bob@b.example')).json<object[]>()
  const created = new Date(bob.certificate.primary.created * 1000).toISOString().replace('.000', '')
  t.strictSame(found, [
    {
      version: 4,
      fingerprint: bob.certificate.fingerprint.slice(2),
      creation: created,
      algorithm: { code: 22, bitLength: 256 },
      isRevoked: false,
      userIDs: [{ uidString: 'xmpp:bob@b.example', creation: created, confidence: 120, isRevoked: false }],
      subkeys: [
        {
          version: 4,
          fingerprint: bob.certificate.subkeys[0]?.key.fingerprint.slice(2),
          creation: created,
          algorithm: { code: 18 },
        },
      ],
    },
  ])
})

t.test('HKP 2 prefixlog: the beginnings of the fingerprints that changed on a day', async t => {
  const day = new Date(clock.now()).toISOString().slice(0, 10)
  const answer = await app.inject(`/pks/v2/prefixlog/${day}`)
  t.match(answer.headers['content-type'], /^text\/plain/)
  const lines = answer.body.split('\r\n')
  t.equal(lines.pop(), '')
  t.ok([alice, bob].every(({ certificate }) => lines.includes(certificate.fingerprint.slice(2, 10))))
  t.equal(lines.length, 4, 'two servers, two users')
  const other = await app.inject('/pks/v2/prefixlog/1999-01-01')
  t.equal(other.statusCode, 200)
  t.equal(other.body, '')
})

t.test('VKS: armored, by fingerprint, key ID and mail address', async t => {
  const armored = armorCertificates(await onRing())
  t.equal((await app.inject(`/vks/v1/by-fingerprint/${digits}`)).body, armored)
  t.equal((await app.inject(`/vks/v1/by-keyid/${digits.slice(-16)}`)).body, armored)
  t.equal((await app.inject('/vks/v1/by-email/openpgp-ca%40a.example')).statusCode, 200)
  for (const [path, status] of [
    [`by-fingerprint/${digits.toLowerCase()}`, 400],
    ['by-keyid/0x12', 400],
    [`by-fingerprint/${'AB'.repeat(20)}`, 404],
    ['by-email/alice@a.example', 404],
    ['by-email/xmpp:alice@a.example', 404],
  ] as const)
    t.equal((await app.inject(`/vks/v1/${path}`)).statusCode, status, path)
})

t.test('Web Key Directory: the one mail address, both ways, with a policy', async t => {
  // gpg-wks-client --print-wkd-hash openpgp-ca@a.example
  const hash = 'ermf4k8pujzwtqqxmskb7355sebj5e4t'
  const root = '/.well-known/openpgpkey'
  for (const path of [`/hu/${hash}?l=openpgp-ca`, `/a.example/hu/${hash}?l=openpgp-ca`]) {
    const answer = await app.inject(root + path)
    t.equal(answer.headers['content-type'], 'application/octet-stream')
    t.strictSame(answer.rawPayload, a.identity.certificate.octets)
  }
  for (const [path, status] of [
    ['/policy', 200],
    ['/a.example/policy', 200],
    ['/b.example/policy', 404],
    [`/b.example/hu/${hash}`, 404],
    ['/hu/kei1q4tipxxu1yj79k9kfukdhfy631xe?l=alice', 404],
  ] as const)
    t.equal((await app.inject(root + path)).statusCode, status, path)
})

t.test('what the asker has already is not sent again', async t => {
  const url = `/pks/lookup?op=get&search=0x${digits}`
  const { headers } = await app.inject(url)
  t.equal(headers['cache-control'], 'no-cache')
  const tag = String(headers.etag)
  for (const value of [tag, `"other", W/${tag}`, '*']) {
    const again = await app.inject({ url, headers: { 'if-none-match': value } })
    t.equal(again.statusCode, 304)
    t.equal(again.body, '')
    t.equal(again.headers.etag, tag)
    t.notOk('content-length' in again.headers, 'it would be that of the whole answer')
  }
  t.equal((await app.inject({ url, headers: { 'if-none-match': '"other"' } })).statusCode, 200)
})

t.test('HEAD is GET without the body; other methods are told what there is', async t => {
  const url = `/pks/v2/certs/by-vfingerprint/04${digits}`
  const [get, head] = [await app.inject(url), await app.inject({ method: 'HEAD', url })]
  t.equal(head.statusCode, 200)
  t.equal(head.body, '')
  for (const name of ['etag', 'content-type', 'content-length'])
    t.equal(head.headers[name], get.headers[name], name)
  const options = await app.inject({ method: 'OPTIONS', url })
  t.equal(options.statusCode, 200)
  t.equal(options.headers.allow, 'GET, HEAD, OPTIONS')
  t.equal((await app.inject({ method: 'OPTIONS', url: '/pks/v2/index' })).headers.allow, 'GET, HEAD, OPTIONS')
  const canonical = await app.inject({ method: 'OPTIONS', url: '/pks/v2/canonical' })
  t.equal(canonical.headers.allow, 'GET, HEAD, PUT, OPTIONS')
  t.equal(canonical.headers['accept'], 'application/pgp-keys;armor=no')
  t.match(canonical.headers['access-control-allow-headers'], /authorization/)
  t.equal((await app.inject({ method: 'OPTIONS', url: '/pks/v2/else' })).statusCode, 501)
  t.equal((await app.inject({ method: 'OPTIONS', url: '/else' })).statusCode, 404)
  const adding = await app.inject({ method: 'OPTIONS', url: '/pks/v2/certs' })
  t.equal(adding.headers.allow, 'POST, OPTIONS')
  t.equal(adding.headers['accept'], 'application/pgp-keys;armor=no')
  for (const [method, path, status] of [
    ['DELETE', url, 405],
    ['POST', '/pks/lookup', 405],
    ['GET', '/pks/add', 405],
    ['GET', '/pks/v2/certs', 405],
    ['PUT', '/pks/v2/certs', 405],
    ['GET', '/pks/v2/sendtoken', 405],
    ['DELETE', '/pks/v2/canonical/xmpp:alice@a.example', 405],
    ['POST', '/pks/v2/else', 501],
    ['GET', '/else', 404],
    ['GET', '/%zz', 400],
  ] as const)
    t.equal((await app.inject({ method, url: path })).statusCode, status, `${method} ${path}`)
})

t.test('a revocation is taken from anyone, alone or in a certificate, and given out by name', async t => {
  const { app, alice, bob, clock, entry } = await createKeyServers()
  const post = async (payload: Buffer) =>
    app.inject({
      method: 'POST',
      url: '/pks/v2/certs',
      headers: { 'content-type': 'application/pgp-keys;armor=no' },
      payload,
    })
  const stranger = generateUserKey(bobAddress, clock.now())
  const bare = (key: typeof alice) => {
    const { octets, signatures } = revokedKey(key, clock.now())
    const body = signatures.at(-1)?.body ?? Buffer.alloc(0)
    const at = octets.indexOf(body)
    return octets.subarray(at - (body.length < 192 ? 2 : 3), at + body.length)
  }
  t.equal((await post(bare(stranger))).statusCode, 422, 'of an unknown key')
  const listed = (key: typeof alice) => [{ version: 4, fingerprint: key.certificate.fingerprint.slice(2) }]
  t.match((await post(bare(alice))).json(), { updated: listed(alice), ignored: [] })
  t.match((await post(revokedKey(bob, clock.now()).octets)).json(), { updated: listed(bob) })
  t.match((await post(alice.certificate.octets)).json(), { ignored: listed(alice) }, 'it is never lost')
  t.match((await post(stranger.certificate.octets)).json(), { invalid: listed(stranger) })
  t.match((await post(encodeSecretKey(alice))).json(), { invalid: [], comment: /secret key/ })
  for (const name of [aliceAddress, bobAddress]) {
    t.equal(parseCertificate((await entry('user', name)).certificate).signatures.length, 1)
    const index = await app.inject(`/pks/lookup?op=index&options=mr&search=${name}`)
    t.match(index.body, /^pub:.*:r$/m)
    t.match((await app.inject(`/pks/v2/index/xmpp:${name}`)).json(), [
      { userIDs: [{ confidence: 0 }], isRevoked: true },
    ])
    t.equal(
      (await app.inject(`/pks/v2/canonical/xmpp:${name}`)).statusCode,
      404,
      'and it is not the right one',
    )
  }
  t.equal((await post(Buffer.alloc(0))).statusCode, 422)
})

t.test('a name is answered for as long as it is certified; a fingerprint always', async t => {
  const { app, alice, clock } = await createKeyServers()
  clock.advance(91 * 86_400_000)
  t.equal((await app.inject('/pks/v2/certs/by-identity/xmpp:alice@a.example')).statusCode, 404)
  const byFingerprint = `/pks/v2/certs/by-vfingerprint/${alice.certificate.fingerprint}`
  t.equal((await app.inject(byFingerprint)).statusCode, 200)
})

t.test('a certificate that has ended stays so, whoever brings it again', async t => {
  const { app, alice, clock, entry } = await createKeyServers()
  clock.advance(91 * 86_400_000)
  const kept = (await entry('user', aliceAddress)).certificate
  const stranger = generateUserKey(parseUserAddress('mallory@a.example'), clock.now() - 400 * 86_400_000)
  for (const [brought, status] of [
    [kept, 200],
    [alice.certificate.octets, 200],
    [stranger.certificate.octets, 422],
  ] as const) {
    const payload = `keytext=${encodeURIComponent(armorCertificates(brought))}`
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    t.equal((await app.inject({ method: 'POST', url: '/pks/add', headers, payload })).statusCode, status)
  }
  t.strictSame((await entry('user', aliceAddress)).certificate, kept)
  t.equal((await app.inject('/pks/v2/certs/by-identity/xmpp:alice@a.example')).statusCode, 404)
})

t.test('a client that asks too much is refused for a minute, and others are not', async t => {
  const { app, clock } = await createKeyServers({ requestsPerMinute: 21 })
  const ask = (remoteAddress: string, method: 'GET' | 'POST' = 'GET') =>
    app.inject({ method, url: method === 'GET' ? '/' : '/pks/add', remoteAddress })
  t.equal((await ask('192.0.2.1', 'POST')).statusCode, 400)
  t.equal((await ask('192.0.2.1')).statusCode, 200)
  const refused = await ask('192.0.2.1')
  t.equal(refused.statusCode, 429)
  t.equal(refused.headers['retry-after'], '60')
  t.equal((await ask('192.0.2.2')).statusCode, 200)
  t.equal((await ask('2001:db8::1', 'POST')).statusCode, 400)
  t.equal((await ask('2001:db8:0:0:1::2', 'POST')).statusCode, 429, 'the same network')
  t.equal((await ask('2001:db8:0:1::2', 'POST')).statusCode, 400, 'another one')
  clock.advance(60_000)
  t.equal((await ask('192.0.2.1')).statusCode, 200)
})

t.test('an error inside is logged without the request, and says nothing to the client', async t => {
  t.strictSame(errors, [], 'there was none so far')
  const { app, a, errors: logged } = await createKeyServers()
  a.store.find = () => Promise.reject(new Error('alice@a.example'))
  const answer = await app.inject('/pks/lookup?op=get&search=alice@a.example')
  t.equal(answer.statusCode, 500)
  t.notMatch(answer.body, 'alice')
  t.strictSame(logged, ['A request to the key server failed.'])
})
