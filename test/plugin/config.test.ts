// The configuration: defaults, environment, and that every mistake is named with what is allowed.
import { join } from 'node:path'
import t from 'tap'
import { parseConfig } from '../../plugin/config.js'
import { PluginError } from '../../plugin/errors.js'

const least = { server: { domain: 'a.example' } }
const fingerprint = `04${'ab'.repeat(20)}`

t.test('only the domain is needed, all else has a default', async t => {
  const config = parseConfig(least, {}, '/etc/p3do')
  t.strictSame(config, {
    server: {
      domain: 'a.example',
      component: 'p3do.a.example',
      host: 'prosody',
      service: 'xmpp://127.0.0.1:5347',
      rooms: 'conference.a.example',
      data: '/etc/p3do/data',
      admins: [],
    },
    secrets: {
      component: '/etc/p3do/secrets/component',
      serverKey: '/etc/p3do/secrets/server-key',
      seal: '/etc/p3do/secrets/seal',
    },
    mor: {
      profile: 'default',
      groups: ['main'],
      contexts: 1,
      routeLength: 3,
      extraHops: 1,
      loops: 10,
      loopAlarm: 60,
    },
    delivery: { patience: 10_800 },
    visits: { most: 100 },
    pseudonyms: { most: 10, delay: 3600 },
    federation: { policy: 'list', peers: [], keyPolicy: { holdDown: 72 * 3_600_000, quorum: 0 } },
    dns: { resolver: null, keyServer: null, trustAnchors: [] },
    http: { listen: null, tls: null },
    metrics: { listen: null },
    log: { level: 'info', journey: null },
  })
})

t.test('the configuration is frozen to the last table', async t => {
  const config = parseConfig({ ...least, federation: { peers: ['b.example'] } }, {})
  t.ok([config, config.mor, config.federation.peers, config.federation.peers[0]].every(Object.isFrozen))
})

t.test('peers are domains or tables, with the component and the pin filled in', async t => {
  const peers = [
    'B.example',
    { domain: 'c.example', component: 'onion.c.example', fingerprint: fingerprint.toUpperCase() },
  ]
  const config = parseConfig({ ...least, federation: { peers } }, {})
  t.strictSame(config.federation.peers, [
    { domain: 'b.example', component: 'p3do.b.example', isUsual: true, fingerprint: null },
    { domain: 'c.example', component: 'onion.c.example', isUsual: false, fingerprint },
  ])
})

t.test('the address of a plugin is no server', async t => {
  const server = { ...least.server, domain: 'p3do.a.example' }
  t.throws(() => parseConfig({ server }, {}), {
    code: 'config-invalid',
    message: /^server\.domain .*p3do\.a\.example/,
  })
  const peers = ['p3do.b.example']
  t.throws(() => parseConfig({ ...least, federation: { peers } }, {}), {
    code: 'config-invalid',
    message: /^federation\.peers .*take "p3do\." away/,
  })
})

t.test('admins are users of this server, each once', async t => {
  const withAdmins = (...admins: string[]) => parseConfig({ server: { ...least.server, admins } }, {})
  t.strictSame(withAdmins('Alice@A.example', 'alice@a.example').server.admins, ['alice@a.example'])
  const other = { code: 'config-invalid', message: /server\.admins must be users of a\.example/ }
  t.throws(() => withAdmins('alice@a.example', 'bob@b.example'), other)
  t.throws(() => withAdmins('alice'), { code: 'config-invalid', message: /^server\.admins must be a list/ })
  const env = { P3DO_SERVER_ADMINS: 'alice@a.example, root@a.example' }
  t.strictSame(parseConfig(least, env).server.admins, ['alice@a.example', 'root@a.example'])
})

t.test('absolute paths stay, relative ones begin at the folder of the file', async t => {
  const config = parseConfig(
    { ...least, log: { journey: 'j.log' }, secrets: { seal: '/run/seal' } },
    {},
    '/etc/p3do',
  )
  t.equal(config.log.journey, join('/etc/p3do', 'j.log'))
  t.equal(config.secrets.seal, '/run/seal')
})

t.test('the environment wins over the file', async t => {
  const env = {
    P3DO_SERVER_DOMAIN: 'b.example',
    P3DO_MOR_CONTEXTS: '4',
    P3DO_FEDERATION_PEERS: 'a.example, c.example',
    P3DO_SECRETS_SERVER_KEY: '/run/key',
    P3DO_UNRELATED: 'kept for others',
    HOME: '/root',
  }
  const config = parseConfig(least, env)
  t.equal(config.server.domain, 'b.example')
  t.equal(config.mor.contexts, 4)
  t.equal(config.secrets.serverKey, '/run/key')
  t.strictSame(
    config.federation.peers.map(peer => peer.domain),
    ['a.example', 'c.example'],
  )
})

const mistakes: [name: string, raw: unknown, env: Record<string, string>, message: RegExp][] = [
  ['no table at all', 7, {}, /must be tables of keys, like \[server\]/],
  ['a missing section', {}, {}, /\[server\] is missing/],
  ['a section that is a value', { ...least, mor: 3 }, {}, /\[mor\] must be a table of keys/],
  [
    'a missing key',
    { server: {} },
    {},
    /^server\.domain is missing; it must be a domain name like a\.example\.$/,
  ],
  ['an unknown section', { ...least, mro: {} }, {}, /^Unknown key mro; did you mean mor\?/],
  [
    'an unknown key',
    { ...least, mor: { contxts: 1 } },
    {},
    /^Unknown key mor\.contxts; did you mean mor\.contexts\?/,
  ],
  [
    'a key spelled with dashes',
    { ...least, mor: { 'route-length': 2 } },
    {},
    /did you mean mor\.route_length\?/,
  ],
  [
    'an unknown key of a peer',
    { ...least, federation: { peers: [{ domain: 'b.example', pin: 'x' }] } },
    {},
    /^Unknown key federation\.peers\.0\.pin; did you mean federation\.peers\.0\.(domain|component|fingerprint)\?/,
  ],
  [
    'a domain with an address',
    { server: { domain: 'me@a.example' } },
    {},
    /^server\.domain must be a domain name/,
  ],
  ['a number as domain', { server: { domain: 5 } }, {}, /^server\.domain must be a domain name/],
  ['an unknown host', { server: { domain: 'a.example', host: 'xmppd' } }, {}, /must be prosody or ejabberd/],
  [
    'a service without a port',
    { server: { domain: 'a.example', service: 'xmpp://h' } },
    {},
    /^server\.service must be/,
  ],
  [
    'an unknown profile',
    { ...least, mor: { profile: 'slow' } },
    {},
    /^mor\.profile must be fast, default, paranoid\./,
  ],
  [
    'too many contexts',
    { ...least, mor: { contexts: 9 } },
    {},
    /^mor\.contexts must be a whole number from 0 to 8\./,
  ],
  [
    'more contexts in all groups together than peers take',
    { ...least, mor: { groups: ['main', 'north', 'south'], contexts: 6 } },
    {},
    /^mor\.contexts of 6 in each of 3 mor\.groups makes 18 contexts, and peers take at most 16 /,
  ],
  ['less than no context', { ...least, mor: { contexts: -1 } }, {}, /from 0 to 8/],
  ['half a context', { ...least, mor: { contexts: 1.5 } }, {}, /from 0 to 8/],
  ['a one-hop route', { ...least, mor: { route_length: 1 } }, {}, /from 2 to 4/],
  ['too many extra hops', { ...least, mor: { extra_hops: 3 } }, {}, /from 0 to 2/],
  ['a group with capitals', { ...least, mor: { groups: ['Main'] } }, {}, /lower-case letters and digits/],
  [
    'a path with a NUL',
    { ...least, secrets: { seal: 'a\0b' } },
    {},
    /^secrets\.seal must be the path of a file/,
  ],
  ['an empty path', { ...least, secrets: { seal: '' } }, {}, /^secrets\.seal must be the path of a file/],
  [
    'a peer named twice',
    { ...least, federation: { peers: ['b.example', 'B.example'] } },
    {},
    /b\.example twice/,
  ],
  ['itself as a peer', { ...least, federation: { peers: ['a.example'] } }, {}, /this server/],
  [
    'a pin that is no fingerprint',
    { ...least, federation: { peers: [{ domain: 'b.example', fingerprint: '04ab' }] } },
    {},
    /^federation\.peers must be a list/,
  ],
  [
    'a bad value in the environment',
    least,
    { P3DO_MOR_CONTEXTS: 'many' },
    /^P3DO_MOR_CONTEXTS must be a whole number/,
  ],
  [
    'a bad key in the environment',
    least,
    { P3DO_MOR_CONTEXT: '1' },
    /P3DO_MOR_CONTEXT, .*did you mean P3DO_MOR_CONTEXTS\?/,
  ],
]

for (const [name, raw, env, message] of mistakes) {
  t.test(`refused in words: ${name}`, async t => {
    const refusal = refusalOf(() => parseConfig(raw, env))
    t.equal(refusal.code, 'config-invalid')
    t.match(refusal.message, message)
    t.notMatch(refusal.message, /\n/, 'one line')
  })
}

t.test('a secret in the place of its file is not repeated in the error', async t => {
  const secret = `${'5ec2e7'.repeat(8)}\0`
  t.notMatch(refusalOf(() => parseConfig({ ...least, secrets: { component: secret } }, {})).message, '5ec2e7')
})

function refusalOf(call: () => unknown): PluginError {
  try {
    call()
  } catch (error) {
    if (error instanceof PluginError) return error
    throw error
  }
  throw new Error('it was not refused')
}

t.test('the key server listens where it is told, also on an IPv6 address', async t => {
  const listen = (written: string) => parseConfig({ ...least, http: { listen: written } }, {}).http.listen
  t.strictSame(listen('127.0.0.1:11371'), { host: '127.0.0.1', port: 11_371 })
  t.strictSame(listen('[::1]:80'), { host: '::1', port: 80 })
  for (const wrong of ['127.0.0.1', ':80', '127.0.0.1:70000', 'http://127.0.0.1:80', '::1:80'])
    t.throws(() => listen(wrong), { code: 'config-invalid', message: /http\.listen/ }, wrong)
})

t.test('metrics are for this machine alone', async t => {
  const at = (listen: string) => parseConfig({ ...least, metrics: { listen } }, {}).metrics.listen
  t.strictSame(at('127.0.0.1:9119'), { host: '127.0.0.1', port: 9119 })
  t.strictSame(at('[::1]:9119'), { host: '::1', port: 9119 })
  for (const listen of ['0.0.0.0:9119', '192.0.2.1:9119', 'a.example:9119', '127.0.0.1:99999'])
    t.throws(() => at(listen), { code: 'config-invalid', message: /^metrics\.listen must/ }, listen)
})

t.test('numbers in the environment are numbers, whichever key they are of', async t => {
  t.equal(parseConfig(least, { P3DO_DELIVERY_PATIENCE: '90' }).delivery.patience, 90)
})

t.test('certificate and key of the key server come together', async t => {
  const tls = (http: object) => parseConfig({ ...least, http }, {}, '/etc/p3do').http.tls
  t.strictSame(tls({ certificate: 'chain.pem', certificate_key: '/keys/key.pem' }), {
    certificate: '/etc/p3do/chain.pem',
    key: '/keys/key.pem',
  })
  t.throws(() => tls({ certificate: 'a' }), { code: 'config-invalid', message: /http\.certificate_key is/ })
  t.throws(() => tls({ certificate_key: 'a' }), { code: 'config-invalid', message: /http\.certificate is/ })
})
