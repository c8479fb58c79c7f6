// A user shows the key server that a name is his: a token is told in chat, and opens his own certificate alone.
import t from 'tap'
import { encodeSecretKey } from '../../../plugin/openpgp/index.js'
import { revokedKey, signedBy, primarySigner } from '../../_certificates.js'
import { aliceAddress, createKeyServers } from '../../_key-servers.js'

const { app, a, alice, bob, clock, told } = await createKeyServers()
const ask = (payload: string) =>
  app.inject({
    method: 'POST',
    url: '/pks/v2/sendtoken',
    headers: { 'content-type': 'text/plain' },
    payload,
  })
const bring = (payload: Buffer, headers: Record<string, string>, name = 'xmpp:alice@a.example') =>
  app.inject({
    method: 'PUT',
    url: `/pks/v2/canonical/${name}`,
    headers: { 'content-type': 'application/pgp-keys;armor=no', ...headers },
    payload,
  })
const lastToken = () => told.at(-1)?.words.split('\n')[1] ?? ''
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const { octets } = alice.certificate

t.test('a token goes to the user in chat, once in ten minutes, and nothing to whoever asked', async t => {
  for (const name of ['xmpp:alice@a.example', 'alice@a.example', 'alice@a.example\n']) {
    const answer = await ask(name)
    t.equal(answer.statusCode, 200)
    t.equal(answer.body, '')
  }
  t.equal(told.length, 1)
  t.equal(told[0]?.user, aliceAddress)
  const first = lastToken()
  clock.advance(600_000)
  await ask('xmpp:alice@a.example')
  t.equal(told.length, 2)
  t.not(lastToken(), first)
  t.equal((await bring(octets, bearer(first))).statusCode, 401, 'the last one counts')
})

t.test('nobody learns who is here, and nobody else is told anything', async t => {
  for (const name of ['xmpp:carol@a.example', 'xmpp:bob@b.example', 'a.example', 'xyz']) {
    const answer = await ask(name)
    t.equal(answer.statusCode, 200, name)
    t.equal(answer.body, '')
  }
  for (const name of ['', 'two words', 'x'.repeat(2000)]) t.equal((await ask(name)).statusCode, 422)
  t.equal(told.length, 2)
})

t.test('with the token the user brings news of his own certificate, and of no other', async t => {
  const token = lastToken()
  for (const headers of [{}, bearer(''), bearer('x'), { authorization: token }])
    t.equal((await bring(octets, headers as Record<string, string>)).statusCode, 401)
  t.equal((await bring(octets, bearer(token), 'xmpp:bob@b.example')).statusCode, 401, 'another name')
  t.equal((await bring(octets, bearer(token), 'nobody')).statusCode, 401)
  t.equal((await bring(bob.certificate.octets, bearer(token))).statusCode, 422, 'another certificate')
  t.equal((await bring(revokedKey(bob, clock.now()).octets, bearer(token))).statusCode, 422)
  t.equal((await bring(encodeSecretKey(alice), bearer(token))).statusCode, 422)
  t.equal((await bring(Buffer.from([1]), bearer(token))).statusCode, 422)
  const news = signedBy(primarySigner(alice), alice.certificate, clock.now())
  const answer = await bring(news.octets, { authentication: `Bearer ${token}` })
  t.equal(answer.statusCode, 200)
  t.match(answer.json(), { updated: [{ fingerprint: alice.certificate.fingerprint.slice(2) }] })
  t.equal((await bring(octets, bearer(token))).statusCode, 401, 'it is good once')
})

t.test('a token ends after an hour', async t => {
  clock.advance(600_000)
  await ask('xmpp:alice@a.example')
  const token = lastToken()
  clock.advance(3_600_000)
  t.equal((await bring(octets, bearer(token))).statusCode, 401)
  t.equal(a.count('key server requests refused: too many'), 0)
})

t.test('a token that cannot be told is none, and the user may ask again at once', async t => {
  let reachable = false
  const { app, told } = await createKeyServers({ reachable: () => reachable })
  const url = '/pks/v2/sendtoken'
  const request = {
    method: 'POST',
    url,
    headers: { 'content-type': 'text/plain' },
    payload: 'alice@a.example',
  } as const
  const refused = await app.inject(request)
  t.equal(refused.statusCode, 503)
  t.equal(refused.headers['retry-after'], '60')
  reachable = true
  t.equal((await app.inject(request)).statusCode, 200)
  t.equal(told.length, 1)
})
