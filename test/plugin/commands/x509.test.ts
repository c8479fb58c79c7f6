// Certificates by words: for admins, and for users who see their own only.
import { X509Certificate } from 'node:crypto'
import t from 'tap'
import { takeFileBlock } from '../../../plugin/commands/index.js'
import { createOpenssl } from '../../_openssl.js'
import { startMemoryServers } from '../../_memory-servers.js'
import { testFolder } from '../../_folder.js'

const lab = await startMemoryServers({ names: ['a'] })
t.teardown(() => lab.stop())
const [a] = lab.servers
if (!a) throw new Error('There is a server.')
const { operate } = a.service
const [alice, bob] = ['alice@a.example', 'bob@a.example']
for (const user of [alice, bob]) await a.say(user, null, 'help')
const heard = () => a.shown.at(-1)?.body ?? ''
const serialIn = (text: string) => /serial number ([0-9a-f]+)/.exec(text)?.[1] ?? 'none'

t.test('as long as there is no authority, asking for its pin makes none', async t => {
  t.match(await operate(['x509', 'pin']), /There is no X\.509 authority/)
  t.equal(await a.service.x509.certificate(), null)
})

t.test('the admin sees the authority with its pin, and the list as PEM', async t => {
  const text = await operate(['x509', 'ca'])
  t.match(text, /^Pin of the key: sha256:[A-Za-z0-9_-]{43}\n-----BEGIN CERTIFICATE-----/)
  t.equal(
    new X509Certificate(text.slice(text.indexOf('-----'))).subject,
    'DC=example\nDC=a\nCN=P3DO authority',
  )
  t.equal(await operate(['x509', 'pin']), /sha256:\S+/.exec(text)?.[0])
  const openssl = await createOpenssl(testFolder(t))
  const list = await openssl.file('list.pem', await operate(['x509', 'crl']))
  const ca = await openssl.file('ca.pem', text)
  t.match(await openssl.run('crl', '-in', list, '-noout', '-CAfile', ca), /verify OK/)
})

t.test('a user gets a file in chat that opens with the passphrase beside it', async t => {
  await a.say(alice, null, 'certificate')
  t.match(heard(), /You have no login certificate/)
  await a.say(alice, null, 'certificate new')
  const answer = heard()
  const passphrase = /shown this once: (\S+)/.exec(answer)?.[1] ?? ''
  const openssl = await createOpenssl(testFolder(t))
  const file = await openssl.file('login.p12', takeFileBlock(answer)?.octets ?? '')
  const pem = await openssl.run('pkcs12', '-in', file, '-passin', `pass:${passphrase}`, '-nodes')
  t.match(pem, /BEGIN PRIVATE KEY/)
  await t.rejects(openssl.run('pkcs12', '-in', file, '-passin', 'pass:wrong', '-nodes'))
  await a.say(alice, null, 'certificate')
  t.match(heard(), new RegExp(`^${serialIn(answer)}: alice@a\\.example, until 20`))
})

t.test('a user takes back his own certificates and no others', async t => {
  await a.say(bob, null, 'certificate new')
  const serial = serialIn(heard())
  await t.rejects(a.say(alice, null, `certificate revoke ${serial}`), { code: 'command-invalid' })
  t.match(await operate(['x509', 'list', bob]), /, until 20/)
  await a.say(bob, null, `certificate revoke ${serial.toUpperCase()}`)
  t.match(heard(), /It is taken back/)
  t.match(await operate(['x509', 'list', bob]), /, taken back 20\d\d-\d\d-\d\d \(unspecified\)$/)
})

t.test('the admin issues, lists and takes back', async t => {
  const serial = serialIn(await operate(['x509', 'issue', alice]))
  t.match(await operate(['x509', 'list']), new RegExp(`^${serial}: alice@a\\.example, until`, 'm'))
  await operate(['x509', 'revoke', serial])
  t.match(await operate(['x509', 'list']), new RegExp(`^${serial}: alice@a\\.example, taken back`, 'm'))
  await t.rejects(operate(['x509', 'issue', 'nobody@a.example']), { code: 'recipient-unknown' })
  await t.rejects(operate(['x509', 'revoke', 'xyz']), { code: 'bad-format' })
})
