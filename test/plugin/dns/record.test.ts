// Records of keys in DNS: the vectors, both ways, and bounds.
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { encodeKeyRecord, longestRecord, parseKeyRecord } from '../../../plugin/dns/index.js'
import type { KeyRecord } from '../../../plugin/dns/record.js'
import { PluginError } from '../../../plugin/errors.js'
import { parseFingerprint } from '../../../plugin/fingerprint.js'

interface Valid {
  readonly name: string
  readonly text: string
  readonly record: KeyRecord | null
}

interface Invalid {
  readonly name: string
  readonly text: string
}

const vectors = (kind: string): unknown => JSON.parse(readFileSync(`test/vectors/dns/${kind}.json`, 'utf8'))
const pin = `sha256:${'Ab9_-'.repeat(8)}Ab9`
const fingerprint = parseFingerprint(`04${'ab'.repeat(20)}`)

t.test('what is valid is read as the vectors say', async t => {
  for (const { name, text, record } of vectors('valid') as Valid[])
    t.strictSame(parseKeyRecord(text), record, name)
})

t.test('what is invalid is refused', async t => {
  for (const { name, text } of vectors('invalid') as Invalid[])
    t.throws(() => parseKeyRecord(text), { code: 'bad-format' }, name)
})

t.test('what is written is read again', async t => {
  const record = fc.record<KeyRecord>(
    {
      state: fc.constantFrom('active', 'next', 'retired', 'revoked'),
      fingerprint: fc.constant(fingerprint),
      id: fc.nat(),
      expires: fc.option(fc.nat()),
      pointers: fc.array(fc.constantFrom('xmpp:p3do.a.example', 'hkps://keys.a.example', 'https://x%2Cy'), {
        maxLength: 8,
      }),
      x509: fc.option(fc.constant(pin)),
    },
    { noNullPrototype: true },
  )
  fc.assert(fc.property(record, each => void t.strictSame(parseKeyRecord(encodeKeyRecord(each)), each)))
})

t.test('any text is read, refused as broken, or none of ours', async t => {
  const property = fc.property(fc.string({ unit: 'binary' }), text => {
    try {
      parseKeyRecord(`v=P3DO1;${text}`)
    } catch (error) {
      if (!(error instanceof PluginError) || error.code !== 'bad-format') throw error
    }
  })
  fc.assert(property)
  t.pass('nothing else is thrown')
})

t.test('a record that is too long is refused before it is taken apart', async t => {
  const text = `v=P3DO1; st=active; fpr=${fingerprint}; id=1; x=`
  const fits = text + 'a'.repeat(longestRecord - text.length)
  t.equal(parseKeyRecord(fits)?.state, 'active')
  t.throws(() => parseKeyRecord(`${fits}a`), { message: /too long/ })
})

t.test('what no record can say is not written', async t => {
  const record = { state: 'active', fingerprint, id: 1, expires: null, pointers: [], x509: null } as const
  for (const pointers of [['xmpp:a,xmpp:b'], ['xmpp:a;b'], ['ftp://a.example'], ['xmpp:a b'], ['']])
    t.throws(() => encodeKeyRecord({ ...record, pointers }), { code: 'bad-format' }, pointers.join())
  t.throws(() => encodeKeyRecord({ ...record, id: -1 }), { code: 'bad-format' })
  for (const x509 of ['sha256:short', `${pin}; st=next`, ''])
    t.throws(() => encodeKeyRecord({ ...record, x509 }), { code: 'bad-format' }, x509)
})
