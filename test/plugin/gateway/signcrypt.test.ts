// The signcrypt element: for its recipient only, with a body, and nothing else is taken for one.
import fc from 'fast-check'
import t from 'tap'
import { systemRandom } from '../../../adapters/random.js'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { contactOf } from '../../../adapters/xmpp/parties.js'
import { encodeSigncrypt, parseSigncrypt } from '../../../plugin/gateway/signcrypt.js'

const bob = parseUserAddress('bob@b.example')
const refusal = { name: 'PluginError', code: 'bad-format' }
const sent = Date.UTC(2026, 0, 1)
const around = (inside: string, attributes = "xmlns='urn:xmpp:openpgp:0'", name = 'signcrypt') =>
  Buffer.from(`<${name} ${attributes}>${inside}</${name}>`)
const to = (jid: string) => `<to jid='${jid}'/>`
const body = "<payload><body xmlns='jabber:client'>hello</body></payload>"

t.test('any text comes out as it went in', async t => {
  const text = fc.stringMatching(/^[\t\n\u0020-\ud7ff]{1,300}$/u)
  fc.assert(
    fc.property(
      text,
      words => parseSigncrypt(encodeSigncrypt(bob, words, sent, systemRandom), bob, contactOf) === words,
    ),
    { numRuns: 200 },
  )
  t.pass('holds')
})

t.test('it names its recipient, its time to the second, and random padding', async t => {
  const [one, other] = [1, 2].map(() => encodeSigncrypt(bob, 'hello', sent + 123, systemRandom).toString())
  t.match(one, /<to jid="bob@b\.example"\/>/)
  t.match(one, /<time stamp="2026-01-01T00:00:00Z"\/>/)
  t.match(one, /<rpad>[0-9a-f]{9,16}<\/rpad>/)
  t.not(one, other)
})

t.test('for one of several recipients it is taken, for another it is not', async t => {
  t.equal(parseSigncrypt(around(to('anna@a.example') + to('BOB@b.example') + body), bob, contactOf), 'hello')
  const others = [
    to('anna@a.example'),
    to('bob@b.example.c.example'),
    to(''),
    to('not an address'),
    '<to/>',
    '',
  ]
  for (const other of others)
    t.throws(() => parseSigncrypt(around(other + body), bob, contactOf), refusal, other)
})

t.test(
  'an address of any component that stands for the recipient is taken for his, another’s is not',
  async t => {
    const escaped = around(to('bob\\40b.example@p3do.a.example') + body)
    t.equal(parseSigncrypt(escaped, bob, contactOf), 'hello')
    for (const other of ['anna\\40b.example@p3do.a.example', 'bob\\40b.example', 'p3do@p3do.a.example'])
      t.throws(() => parseSigncrypt(around(to(other) + body), bob, contactOf), refusal, other)
  },
)

t.test('another element, namespace, or one without a body is refused', async t => {
  const cases: [string, Buffer][] = [
    ['nothing', Buffer.alloc(0)],
    ['no XML', Buffer.from('hello')],
    ['cut off', around(to(bob) + body).subarray(0, -5)],
    ['crypt', around(to(bob) + body, "xmlns='urn:xmpp:openpgp:0'", 'crypt')],
    ['another namespace', around(to(bob) + body, "xmlns='urn:xmpp:openpgp:1'")],
    ['no namespace', around(to(bob) + body, '')],
    ['no payload', around(to(bob))],
    ['no body', around(`${to(bob)}<payload/>`)],
    ['an empty body', around(`${to(bob)}<payload><body xmlns='jabber:client'/></payload>`)],
    ['a body of another namespace', around(`${to(bob)}<payload><body xmlns='x'>hello</body></payload>`)],
    ['a recipient of another namespace', around(`<to xmlns='x' jid='${bob}'/>${body}`)],
    ['too long', around(to(bob) + body.replace('hello', 'x'.repeat(200_000)))],
    ['very deep', around(to(bob) + '<a>'.repeat(70_000))],
    ['a comment', around(`${to(bob)}<!-- -->${body}`)],
    ['comments without an end', around(to(bob) + '<!--'.repeat(48_000))],
    ['an instruction', around(`${to(bob)}<?x?>${body}`)],
  ]
  for (const [name, octets] of cases) t.throws(() => parseSigncrypt(octets, bob, contactOf), refusal, name)
})

t.test('depth alone does no harm', async t => {
  const deep = '<a>'.repeat(4000) + '</a>'.repeat(4000)
  t.equal(parseSigncrypt(around(to(bob) + deep + body), bob, contactOf), 'hello')
})

t.test('entities that the document itself declares are not expanded', async t => {
  const bomb = Buffer.from(
    `<!DOCTYPE x [<!ENTITY a "${'x'.repeat(100)}">]>${around(to(bob) + body.replace('hello', '&a;')).toString()}`,
  )
  const shown = ((): string => {
    try {
      return parseSigncrypt(bomb, bob, contactOf)
    } catch (error) {
      return (error as { code: string }).code
    }
  })()
  t.notMatch(shown, /xxx/)
})
