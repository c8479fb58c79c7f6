// The packet reader: both header formats, every limit, and no input that makes it do anything but read or refuse.
import fc from 'fast-check'
import t from 'tap'
import { PluginError } from '../../../plugin/errors.js'
import { encodeMpi, leftPad, readMpi } from '../../../plugin/openpgp/mpi.js'
import { encodePacket, readPackets, type Packet } from '../../../plugin/openpgp/packets.js'

const limits = { octets: 20_000, body: 9_000, packets: 4 }
const refusal = { name: 'PluginError', code: 'bad-format' }

t.test('what is written is read, at every form of length', async t => {
  for (const length of [0, 1, 191, 192, 8_383, 8_384, 9_000]) {
    const body = Buffer.alloc(length, 7)
    t.same(readPackets(encodePacket(13, body), limits), [{ type: 13, body }], `${String(length)} octets`)
  }
})

t.test('any packets are read back', async t => {
  const packet = fc.record({ type: fc.integer({ min: 0, max: 63 }), body: fc.uint8Array({ maxLength: 400 }) })
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 4 }), packets => {
      const octets = Buffer.concat(packets.map(({ type, body }) => encodePacket(type, Buffer.from(body))))
      const found = readPackets(octets, limits)
      t.ok(found.every(({ type, body }, at) => type === packets[at]?.type && body.equals(packets[at].body)))
      return found.length === packets.length
    }),
    { numRuns: 50 },
  )
})

t.test('legacy headers with lengths of 1, 2 and 4 octets', async t => {
  const expected: Packet[] = [{ type: 6, body: Buffer.from('abc') }]
  t.same(readPackets(Buffer.from('\x98\x03abc', 'latin1'), limits), expected)
  t.same(readPackets(Buffer.from('\x99\x00\x03abc', 'latin1'), limits), expected)
  t.same(readPackets(Buffer.from('\x9a\x00\x00\x00\x03abc', 'latin1'), limits), expected)
})

const refused: Record<string, Buffer> = {
  'an indeterminate length': Buffer.from('\x9babc', 'latin1'),
  'a partial length': Buffer.from('\xc6\xe1ab\x01c', 'latin1'),
  'a length beyond the end': Buffer.from('\xc6\x04abc', 'latin1'),
  'a header cut off': Buffer.from('\xc6\xff\x00\x00', 'latin1'),
  'a legacy header cut off': Buffer.from('\x9a\x00', 'latin1'),
  text: Buffer.from('-----BEGIN PGP PUBLIC KEY BLOCK-----'),
  'a packet over the limit': encodePacket(13, Buffer.alloc(9_001)),
  'one packet too many': Buffer.concat(Array.from({ length: 5 }, () => encodePacket(13, Buffer.alloc(1)))),
  'too many octets': Buffer.concat(Array.from({ length: 3 }, () => encodePacket(13, Buffer.alloc(8_000)))),
}
for (const [name, octets] of Object.entries(refused)) {
  t.test(`refuses ${name}`, async t => {
    t.throws(() => readPackets(octets, limits), refusal)
  })
}

t.test('arbitrary octets are read or refused, nothing else', async t => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), octets => {
      try {
        return readPackets(Buffer.from(octets), limits).length <= limits.packets
      } catch (error) {
        return error instanceof PluginError && error.code === 'bad-format'
      }
    }),
    { numRuns: 2_000 },
  )
  t.pass()
})

t.test('numbers lose their leading zeros and get them back', async t => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), octets => {
      const written = encodeMpi(Buffer.from(octets))
      const read = readMpi(written, 0)
      return read?.end === written.length && leftPad(read.value, 32).equals(octets)
    }),
  )
  t.same(encodeMpi(Buffer.from('0001ff', 'hex')), Buffer.from('000901ff', 'hex'))
  for (const hex of ['0009ff', '00', '0007ff', '000900ff', '000800'])
    t.equal(readMpi(Buffer.from(hex, 'hex'), 0), null, hex)
  t.equal(readMpi(Buffer.from('00', 'hex'), 0), null)
})
