// The key ring as commands show it: lists, verdicts, exports.
import t from 'tap'
import { dearmorCertificates } from '../../../plugin/openpgp/index.js'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { startMemoryServers, type MemoryServer } from '../../_memory-servers.js'

const root = parseUserAddress('root@a.example')
const lab = await startMemoryServers({ names: ['a', 'b'], admins: [root] })
t.teardown(() => lab.stop())
const [a, b] = lab.servers as [MemoryServer, MemoryServer]
await a.say('alice@a.example', null, 'help')
await b.say('bob@b.example', null, 'help')
await a.learns('bob@b.example')
const keys = (...words: string[]): Promise<string> => a.service.operate(['keys', ...words])

/** How many octets of certificates an export holds. */
const octetsOf = (armored: string): number => dearmorCertificates(armored).length

t.test('list has the servers, and the users of a domain that is named', async t => {
  t.match(await keys('list'), /^a\.example [0-9A-F]{40}\nb\.example [0-9A-F]{40}$/)
  t.match(await keys('list', 'B.example'), /^b\.example [0-9A-F]{40}\nbob@b\.example [0-9A-F]{40}$/)
  t.equal(await keys('list', 'c.example'), 'No key of that domain is known here.')
  await t.rejects(keys('list', 'bob@b.example'), { code: 'command-invalid', message: /^Domain: / })
})

t.test('explain says the same on the command line, in chat and on the page of the key', async t => {
  const words = await keys('explain', 'bob@b.example')
  t.match(
    words,
    /^bob@b\.example: trusted since .*, whose key this server countersigned on .*Fingerprint: [0-9A-F]{40}\.$/,
  )
  await a.say('alice@a.example', null, 'key bob@b.example')
  t.equal(a.shown.at(-1)?.body, words)
  const entry = await a.store.find('user', 'bob@b.example')
  t.ok(entry && words.includes(await a.service.keyServer.explain(entry)))
})

t.test('export gives a key, a server with its users, or everything', async t => {
  const [all, ofB, ofBob] = [
    await keys('export'),
    await keys('export', 'b.example'),
    await keys('export', 'bob@b.example'),
  ]
  t.match(all, /^-----BEGIN PGP PUBLIC KEY BLOCK-----/)
  t.ok(octetsOf(all) > octetsOf(ofB) && octetsOf(ofB) > octetsOf(ofBob))
  const entry = await a.store.find('user', 'bob@b.example')
  t.same(dearmorCertificates(ofBob), entry?.certificate)
  for (const name of ['c.example', 'nobody@b.example'])
    await t.rejects(keys('export', name), { code: 'recipient-unknown' })
})

t.test('in chat an export must fit into a message', async t => {
  await a.say(root, null, 'keys export bob@b.example')
  t.match(a.shown.at(-1)?.body, /^-----BEGIN PGP PUBLIC KEY BLOCK-----/)
  const long = 'c'.repeat(40)
  for (let user = 0; user < 25; user++) await a.say(`${long}${String(user)}@a.example`, null, 'help')
  await t.rejects(a.say(root, null, 'keys export'), {
    code: 'command-invalid',
    message: /use the command line/,
  })
})
