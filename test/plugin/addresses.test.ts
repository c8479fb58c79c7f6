// Domains and user addresses: one name, one form, and no way to write it so that it passes for another.
import { domainToASCII } from 'node:url'
import fc from 'fast-check'
import t from 'tap'
import {
  domainOf,
  homeOf,
  isPseudonym,
  parseDomain,
  parseUserAddress,
  pseudonymDomain,
} from '../../plugin/addresses.js'
import { PluginError } from '../../plugin/errors.js'

const refusal = { name: 'PluginError', code: 'bad-format' }

t.test('domains come out in lower case, internationalised ones as A-labels', async t => {
  const pairs = [
    ['a.example', 'a.example'],
    ['A.Example', 'a.example'],
    ['localhost', 'localhost'],
    ['x--y.example', 'x--y.example'],
    ['münchen.example', 'xn--mnchen-3ya.example'],
    ['MÜNCHEN.example', 'xn--mnchen-3ya.example'],
    ['xn--mnchen-3ya.example', 'xn--mnchen-3ya.example'],
    ['127.0.0.1', '127.0.0.1'],
  ]
  for (const [text = '', domain = ''] of pairs) {
    t.equal(parseDomain(text), domain)
    t.equal(parseDomain(domain), domain, 'once more changes nothing')
  }
})

t.test('what is no domain is refused', async t => {
  const invalid = [
    '',
    '.',
    'a.example.',
    '.a.example',
    'a..example',
    '-a.example',
    'a-.example',
    'a_b.example',
    'a b.example',
    'a.example/x',
    'a.example:5222',
    'user@a.example',
    '[::1]',
    `${'a'.repeat(64)}.example`,
    `${'a.'.repeat(127)}example`,
    'a'.repeat(5000),
    'a\u0000.example',
  ]
  for (const text of invalid) t.throws(() => parseDomain(text), refusal, JSON.stringify(text.slice(0, 30)))
})

t.test('nothing that a URL would read as another name passes for it', async t => {
  for (const text of [
    'a%2eexample',
    '%61.example',
    '127.1',
    '0x7f.0.0.1',
    '2130706433',
    'a.example\t',
    'a\n.example',
  ])
    t.throws(() => parseDomain(text), refusal, JSON.stringify(text))
})

t.test('what is taken comes out as the URL standard has it', async t => {
  const part = fc.stringMatching(/^(?:xn--)?[a-z0-9-]{1,8}$|^0x[0-9a-f]{1,4}$/)
  const property = fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), parts => {
    const name = parts.join('.')
    try {
      t.equal(parseDomain(name), domainToASCII(name))
    } catch (error) {
      if (!(error instanceof PluginError)) throw error
    }
  })
  fc.assert(property)
})

t.test('user addresses come out in one form', async t => {
  const pairs = [
    ['alice@a.example', 'alice@a.example'],
    ['Alice@A.example', 'alice@a.example'],
    ['ZOË@a.example', 'zoë@a.example'],
    ['zoe\u0308@a.example', 'zoë@a.example'],
    ['ａlice@a.example', 'alice@a.example'],
    ['bob\\40b@a.example', 'bob\\40b@a.example'],
    ['a.b+c_d-e=f~g!h*i%j@a.example', 'a.b+c_d-e=f~g!h*i%j@a.example'],
  ]
  for (const [text = '', address = ''] of pairs) {
    t.equal(parseUserAddress(text), address)
    t.equal(parseUserAddress(address), address)
  }
  t.equal(domainOf(parseUserAddress('alice@A.example')), 'a.example')
})

t.test('pseudonyms belong to the server above their domain, and one address to one server', async t => {
  const homes = {
    'alice@a.example': ['a.example', false],
    'fox@p3do.a.example': ['a.example', true],
    'fox@p3do.p3do.a.example': ['p3do.a.example', true],
    'fox@p3dox.a.example': ['p3dox.a.example', false],
    'fox@x.p3do.a.example': ['x.p3do.a.example', false],
    'fox@p3do.example': ['p3do.example', false],
    'fox@p3do': ['p3do', false],
  }
  for (const [text, [home, isOne]] of Object.entries(homes)) {
    const address = parseUserAddress(text)
    t.same([homeOf(address), isPseudonym(address)], [home, isOne], text)
  }
})

t.test('a server can have pseudonyms where their domain can be told from every server', async t => {
  const domains = {
    'a.example': 'p3do.a.example',
    'p3do.example': 'p3do.p3do.example',
    'p3do.a.example': null,
    localhost: null,
    [`${'a.'.repeat(122)}example`]: null,
  }
  for (const [server, domain] of Object.entries(domains))
    t.equal(pseudonymDomain(parseDomain(server)), domain, server)
})

t.test('what is no bare user address is refused', async t => {
  const invalid = [
    '',
    '@',
    'alice',
    '@a.example',
    'alice@',
    'alice@a.example/phone',
    'alice@b@a.example',
    'al ice@a.example',
    'al\u0000ice@a.example',
    'al\u00a0ice@a.example',
    'al"ice@a.example',
    'al&ice@a.example',
    "al'ice@a.example",
    'al/ice@a.example',
    'al:ice@a.example',
    '<alice>@a.example',
    'al\uff20ice@a.example',
    `${'x'.repeat(1024)}@a.example`,
  ]
  for (const text of invalid)
    t.throws(() => parseUserAddress(text), refusal, JSON.stringify(text.slice(0, 30)))
})
