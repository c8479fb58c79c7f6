// `p3do dns` and `p3do dns check` against a real name server.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parseDomain } from '../../../plugin/addresses.js'
import { startControl } from '../../../adapters/control/index.js'
import { openStore } from '../../../adapters/database/index.js'
import { encodeSecretKey, generateServerKey } from '../../../plugin/openpgp/index.js'
import { makeX509Authority } from '../../../plugin/x509/certificates.js'
import { x509Pin } from '../../../plugin/x509/index.js'
import { startKnot } from '../../lab/knot.js'
import { p3do } from './_program.js'
import { testFolder } from '../../_folder.js'

const day = 86_400_000

/** A folder with a configuration and a key, as after the first start, and a second key. */
async function setUp(t: Test) {
  const folder = testFolder(t)
  await p3do(['init', '--domain', 'a.example', '--folder', folder])
  const domain = parseDomain('a.example')
  const file = join(folder, 'secrets', 'server-key')
  const [active, next] = [generateServerKey(domain, Date.now() - day), generateServerKey(domain, Date.now())]
  writeFileSync(file, encodeSecretKey(active), { mode: 0o600 })
  writeFileSync(`${file}.next`, encodeSecretKey(next), { mode: 0o600 })
  const options = ['--config', join(folder, 'p3do.toml')]
  return {
    data: join(folder, 'data'),
    active: active.certificate.fingerprint,
    next: next.certificate.fingerprint,
    file,
    options,
    both: [...options, '--next', `${file}.next`],
  }
}

/** A name server with these lines; `check` asks it. */
async function served(t: Test, lines: readonly string[]) {
  const server = await startKnot('a.example', lines)
  t.teardown(server.stop)
  return (options: readonly string[]) =>
    p3do(['dns', 'check', ...options], { env: { P3DO_DNS_RESOLVER: server.resolver } })
}

const linesOf = (out: string): string[] => out.split('\n').filter(line => /^[_a-z0-9]/.test(line))

t.test('the lines name the key, for gpg too', async t => {
  const { active, options } = await setUp(t)
  const { code, out, err } = await p3do(['dns', ...options])
  t.same([code, err], [0, ''])
  const [text = '', cert = '', key = '', ...others] = linesOf(out)
  t.match(text, new RegExp(`^_p3do.a.example. 3600 IN TXT "v=P3DO1; st=active; fpr=${active}; id=20`))
  t.match(text, /ks=xmpp:p3do.a.example"$/)
  const digits = Buffer.from(`14${active.slice(2)}`, 'hex').toString('base64')
  t.equal(cert, `openpgp-ca.a.example. 3600 IN CERT IPGP 0 0 ${digits}`)
  t.match(key, /^[0-9a-f]{56}\._openpgpkey\.a\.example\. 3600 IN OPENPGPKEY [A-Za-z0-9+/=]+$/)
  t.same(others, [])
})

t.test('a zone with the lines is right', async t => {
  const { options, both } = await setUp(t)
  const { out } = await p3do(['dns', ...both])
  t.equal(linesOf(out).length, 4)
  const check = await served(t, linesOf(out))
  const outcome = await check(both)
  t.match(outcome, { code: 0, err: '' })
  t.same(outcome.out.match(/^good/gm)?.length, 5, 'the lines, and what their signatures are worth')
  const without = await check(options)
  t.match(without, { code: 2, out: /WRONG {2}next key 04[0-9a-f]{40} is in DNS and is not of this server/ })
})

t.test('with a key server, records point to it', async t => {
  const { active, options } = await setUp(t)
  const env = { P3DO_DNS_KEY_SERVER: 'keys.a.example' }
  const { out } = await p3do(['dns', ...options], { env })
  const [text = '', cert = '', key = '', service = ''] = linesOf(out)
  t.match(text, /ks=hkps:\/\/keys.a.example,xmpp:p3do.a.example"$/)
  const data = Buffer.from(cert.split(' ').at(-1) ?? '', 'base64')
    .subarray(21)
    .toString()
  t.equal(data, `https://keys.a.example/pks/lookup?op=get&options=mr&search=0x${active.slice(2)}`)
  t.equal(service, '_pgpkey-https._tcp.a.example. 3600 IN SRV 0 1 443 keys.a.example.')
  const other = service.replace('443 keys', '443 other')
  for (const [last, code] of [
    [service, 0],
    [other, 2],
  ] as const) {
    const server = await startKnot('a.example', [text, cert, key, last])
    t.teardown(server.stop)
    const asking = { env: { ...env, P3DO_DNS_RESOLVER: server.resolver } }
    t.match(await p3do(['dns', 'check', ...options], asking), { code }, last)
  }
})

t.test('the X.509 authority is pinned, if there is one, and the pin compared', async t => {
  const { data, options } = await setUp(t)
  const before = linesOf((await p3do(['dns', ...options])).out)
  t.notMatch(before.join(), 'x5=')
  const authority = await makeX509Authority(parseDomain('a.example'), Date.now())
  const store = await openStore(data)
  await store.saveX509Authority({ ...authority, key: Buffer.from('sealed') })
  await store.close()
  const pin = x509Pin(authority.certificate)
  const lines = linesOf((await p3do(['dns', ...options])).out)
  t.match(lines[0], new RegExp(`ks=xmpp:p3do.a.example; x5=${pin}"`))
  const other = lines.map(line => line.replace(/x5=sha256:...../, 'x5=sha256:AAAAA'))
  t.match(await (await served(t, lines))(options), { code: 0, out: /^good {3}active key/m })
  t.match(await (await served(t, before))(options), { code: 2, out: /has no x5, should have x5=sha256:/ })
  t.match(await (await served(t, other))(options), { code: 2, out: /has x5=sha256:AAAAA\S+, should have x5/ })
})

t.test('a running plugin says the pin itself, because nobody else can open its database', async t => {
  const { data, options } = await setUp(t)
  const store = await openStore(data)
  t.teardown(() => store.close())
  const pin = `sha256:${'Ab9_-'.repeat(8)}Ab9`
  const answers = ['There is no X.509 authority yet; x509 ca makes it.', pin]
  const asked: string[] = []
  const operate = (words: readonly string[]): Promise<string> => {
    asked.push(words.join(' '))
    return Promise.resolve(answers.shift() ?? '')
  }
  const ignore = (): undefined => undefined
  const log = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  const unasked = () => Promise.reject(new Error('nobody asked'))
  const control = await startControl({
    folder: data,
    operate,
    snapshot: () => store.snapshot(),
    probe: unasked,
    log,
  })
  t.teardown(() => control.stop())
  t.notMatch((await p3do(['dns', ...options])).out, 'x5=')
  t.match((await p3do(['dns', ...options])).out, `; x5=${pin}"`)
  t.strictSame(asked, ['x509 pin', 'x509 pin'])
})

t.test('an empty zone lacks everything', async t => {
  const { active, options } = await setUp(t)
  const outcome = await (await served(t, []))(options)
  t.match(outcome, { code: 2, err: 'p3do: DNS is not as it should be; p3do dns prints the right lines.\n' })
  for (const missing of [`active key ${active}`, 'CERT at openpgp-ca.a.example', 'OPENPGPKEY at'])
    t.match(outcome.out, new RegExp(`WRONG  ${missing}.*is missing`))
})

t.test('every fault of a zone is named', async t => {
  const { active, next, options } = await setUp(t)
  const { out } = await p3do(['dns', ...options])
  const [text = '', cert = '', key = ''] = linesOf(out)
  const foreign = text.replace(active, next)
  const otherCert = 'openpgp-ca.a.example. 60 IN CERT IPGP 0 0 AAAA'
  const faults: [lines: string[], words: RegExp][] = [
    [[foreign, cert, key], /active key 04[0-9a-f]+ is in DNS and is not of this server/],
    [[text, foreign, cert, key], /active key 04[0-9a-f]+ is in DNS and is not of this server/],
    [[text.replace('st=active', 'st=revoked'), cert, key], /is revoked in DNS and should be active/],
    [[text.replace('ks=xmpp:p3do', 'ks=xmpp:other'), cert, key], /has ks=xmpp:other.a.example, should be/],
    [[text.replace(/exp=\d+/, 'exp=1'), cert, key], /has ended/],
    [[text.replace(/exp=\d+/, `exp=${Math.floor(Date.now() / 1000) + 86_000}`), cert, key], /ends in 0 days/],
    [[text, text.replace('id=20', 'id=19'), cert, key], /is there more than once/],
    [[text.replace('st=active', 'st=active; st=active'), cert, key], /has st twice/],
    [[text, otherCert, key], /CERT at openpgp-ca.a.example is another one/],
    [[text, cert, otherCert, key], /CERT at openpgp-ca.a.example is there 2 times/],
    [[text, cert], /OPENPGPKEY at .* is missing/],
  ]
  for (const [lines, words] of faults) {
    const check = await served(t, lines)
    t.match(await check(options), { code: 2, out: words }, String(words))
  }
})

t.test('a resolver that is away or refuses is a failure, not an empty zone', async t => {
  const { options } = await setUp(t)
  const server = await startKnot('b.example', [])
  const env = { P3DO_DNS_RESOLVER: server.resolver }
  const refusing = await p3do(['dns', 'check', ...options], { env })
  await server.stop()
  const away = await p3do(['dns', 'check', ...options], { env })
  for (const outcome of [refusing, away])
    t.match(outcome, { code: 1, out: '', err: /^p3do: The resolver does not answer.*dns\.resolver/ })
})

t.test('without a key, and with the key of another domain, it says what to do', async t => {
  const { file, options } = await setUp(t)
  const other = await p3do(['dns', ...options], { env: { P3DO_SERVER_DOMAIN: 'b.example' } })
  t.match(other, { code: 2, err: /key of another domain/ })
  const none = await p3do(['dns', ...options], { env: { P3DO_SECRETS_SERVER_KEY: `${file}.none` } })
  t.match(none, { code: 2, err: /made at the first start/ })
})

t.test('a wrong resolver is named', async t => {
  const { options } = await setUp(t)
  for (const resolver of ['127.0.0.1', 'dns.example:53', '1.2.3.4.5:53']) {
    const outcome = await p3do(['dns', ...options], { env: { P3DO_DNS_RESOLVER: resolver } })
    t.match(outcome, { code: 2, err: /P3DO_DNS_RESOLVER must be an address with a port/ }, resolver)
  }
})
