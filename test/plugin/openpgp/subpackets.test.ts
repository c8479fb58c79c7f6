// Subpackets: several of one type stay in order, notations are found by name, broken areas are refused.
import fc from 'fast-check'
import t from 'tap'
import {
  encodeSubpackets,
  findIssuer,
  findNotation,
  findTime,
  notation,
  parseSubpackets,
  subpacket,
  subpacketType,
} from '../../../plugin/openpgp/subpackets.js'

const refusal = { name: 'PluginError', code: 'bad-format' }

t.test('any subpackets are read back in order', async t => {
  const item = fc.record({
    type: fc.integer({ min: 0, max: 127 }),
    critical: fc.boolean(),
    value: fc.uint8Array({ maxLength: 300 }).map(octets => Buffer.from(octets)),
  })
  fc.assert(
    fc.property(fc.array(item, { maxLength: 5 }), items => {
      const found = parseSubpackets(encodeSubpackets(items))
      return (
        found.length === items.length &&
        found.every((one, at) => {
          const other = items[at]
          return one.type === other?.type && one.critical === other.critical && one.value.equals(other.value)
        })
      )
    }),
  )
  t.pass()
})

t.test('a length in five octets is read', async t => {
  t.same(parseSubpackets(Buffer.from('ff000000031b0304', 'hex')), [subpacket(27, Buffer.from('0304', 'hex'))])
})

for (const [name, hex] of Object.entries({
  'a length of nothing': '00',
  'a length beyond the end': '051b03',
  'a length cut off': 'ff0000',
})) {
  t.test(`refuses ${name}`, async t => {
    t.throws(() => parseSubpackets(Buffer.from(hex, 'hex')), refusal)
  })
}

t.test('a notation is found by its whole name, and only when there is one', async t => {
  const mine = notation('key@p3do.invalid', Buffer.from('mine'))
  const other = notation('other@p3do.invalid', Buffer.from('other'))
  t.same(findNotation([other, mine], 'key@p3do.invalid'), Buffer.from('mine'))
  t.equal(findNotation([other], 'key@p3do.invalid'), null)
  t.equal(findNotation([mine, mine], 'key@p3do.invalid'), null)
  t.equal(findNotation([subpacket(subpacketType.notation, Buffer.alloc(9, 1))], 'key@p3do.invalid'), null)
})

t.test('times and issuers of the wrong length', async t => {
  t.throws(
    () => findTime([subpacket(subpacketType.created, Buffer.alloc(3))], subpacketType.created),
    refusal,
  )
  t.equal(findTime([], subpacketType.created), null)
  t.equal(findIssuer([subpacket(subpacketType.issuerFingerprint, Buffer.alloc(21, 6))]), null)
})
