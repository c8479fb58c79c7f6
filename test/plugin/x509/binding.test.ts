// The statement that binds the X.509 authority to the OpenPGP authority: what passes, what does not, and what gpg says.
import { X509Certificate, createHash } from 'node:crypto'
import t from 'tap'
import { parseDomain } from '../../../plugin/addresses.js'
import { generateServerKey, signDocument } from '../../../plugin/openpgp/index.js'
import { bindingLifetime, ensureBound, makeBinding, x509Pin } from '../../../plugin/x509/binding.js'
import { makeX509Authority } from '../../../plugin/x509/certificates.js'
import { day } from '../../_certificates.js'
import { createGpg } from '../../_gpg.js'

const now = Math.floor(Date.now() / 1000) * 1000
const [a, b] = [parseDomain('a.example'), parseDomain('b.example')]
const { certificate: authority } = await makeX509Authority(a, now)
const { certificate: other } = await makeX509Authority(a, now)
const serverKey = generateServerKey(a, now)
const server = serverKey.certificate
const sign = (octets: Buffer) => signDocument(serverKey, octets, now)
const binding = await makeBinding(a, authority, sign, now)
const resigned = async (text: string) => ({
  text: Buffer.from(text),
  signature: await sign(Buffer.from(text)),
})

t.test('it says in six lines whose authority it is', async t => {
  const octets = new X509Certificate(authority).raw
  t.equal(
    binding.text.toString(),
    `P3DO X.509 authority v1
domain: a.example
certificate: sha256:${createHash('sha256').update(octets).digest('hex')}
key: ${x509Pin(authority)}
from: ${now / 1000}
until: ${now / 1000 + 90 * 86_400}
`,
  )
  t.match(x509Pin(authority), /^sha256:[A-Za-z0-9_-]{43}$/)
})

t.test('it holds until its end, and not longer', async t => {
  t.equal(await ensureBound(a, authority, server, binding, now), now + bindingLifetime)
  t.equal(await ensureBound(a, authority, server, binding, now + 89 * day), now + bindingLifetime)
  await t.rejects(ensureBound(a, authority, server, binding, now + 90 * day), { code: 'certificate-invalid' })
})

t.test('it holds for no other certificate, domain or server', async t => {
  const refused = { code: 'certificate-invalid' }
  const stranger = generateServerKey(a, now).certificate
  await t.rejects(ensureBound(a, other, server, binding, now), refused)
  await t.rejects(ensureBound(b, authority, server, binding, now), refused)
  await t.rejects(ensureBound(a, authority, stranger, binding, now), refused)
  await t.rejects(ensureBound(a, 'no certificate', server, binding, now), refused)
})

t.test('a text that is written in another way is refused though it is signed', async t => {
  const text = binding.text.toString()
  const until = now / 1000 + 90 * 86_400
  const wrong = {
    'more behind it': `${text}more: 1\n`,
    'without its end': text.trimEnd(),
    'another purpose': text.replace('v1', 'v2'),
    'lines turned around': text.replace(/(from.*\n)(until.*\n)/, '$2$1'),
    'longer than allowed': text.replace(String(until), String(until + 1)),
    'a number with a zero before': text.replace('from: ', 'from: 0'),
    'no end': text.replace(/until.*\n/, ''),
    'too long': `${text}${'x'.repeat(1024)}`,
  }
  for (const [name, changed] of Object.entries(wrong)) {
    const statement = await resigned(changed)
    await t.rejects(ensureBound(a, authority, server, statement, now), { code: 'certificate-invalid' }, name)
  }
  t.ok(await ensureBound(a, authority, server, await resigned(text), now), 'the text itself passes')
})

t.test('a changed octet or another signature is refused', async t => {
  const changed = { ...binding, text: Buffer.from(binding.text) }
  changed.text[30] = (changed.text[30] ?? 0) ^ 1
  await t.rejects(ensureBound(a, authority, server, changed, now), { code: 'certificate-invalid' })
  const empty = { ...binding, signature: Buffer.alloc(0) }
  await t.rejects(ensureBound(a, authority, server, empty, now), { code: 'certificate-invalid' })
})

t.test('gpg verifies it with the server’s certificate', async t => {
  const gpg = await createGpg()
  t.teardown(() => gpg.destroy())
  await gpg.run('--import', await gpg.file('server.pgp', server.octets))
  const text = await gpg.file('statement.txt', binding.text)
  const signature = await gpg.file('statement.sig', binding.signature)
  const { stderr } = await gpg.run('--verify', signature, text)
  t.match(stderr, /Good signature from "a\.example <openpgp-ca@a\.example>"/)
  await gpg.file('statement.txt', Buffer.concat([binding.text, Buffer.from('\n')]))
  await t.rejects(gpg.run('--verify', signature, text), /BAD signature/)
})
