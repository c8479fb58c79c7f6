// Parcels: whatever goes in comes out, and whatever else comes in is refused as bad format and nothing else.
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { encodeParcel, parseParcel, type Parcel } from '../../../plugin/delivery/parcel.js'

const address = fc
  .tuple(
    fc.stringMatching(/^[a-z0-9._éß-]{1,40}$/u),
    fc.stringMatching(/^[a-z][a-z0-9]{0,20}(\.[a-z]{1,10})?$/u),
  )
  .map(([local, domain]) => parseUserAddress(`${local}@${domain}`))
const octets = (constraints: fc.IntArrayConstraints) =>
  fc.uint8Array(constraints).map(array => Buffer.from(array))
const parcel: fc.Arbitrary<Parcel> = fc.record({
  conversation: octets({ minLength: 16, maxLength: 16 }),
  sequence: fc.integer({ min: 1000, max: 2 ** 32 - 1 }),
  oldest: fc.nat(1000),
  part: fc.integer({ min: 0, max: 9 }),
  parts: fc.integer({ min: 10, max: 255 }),
  reply: fc.record({
    tag: octets({ minLength: 16, maxLength: 16 }),
    key: octets({ minLength: 32, maxLength: 32 }),
  }),
  kind: fc.constant('message' as const),
  sent: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  sender: address,
  recipient: address,
  payload: octets({ maxLength: 1200 }),
})
const id = fc.stringMatching(/^[!-~]{1,64}$/u)
const labelled = fc
  .tuple(parcel, id, fc.subarray(['receipt', 'markers'] as const), fc.option(id))
  .map(([of, id, asks, replaces]): Parcel => ({
    ...of,
    label: { id, asks, ...(replaces !== null && { replaces }) },
  }))
const voucher = randomBytes(80)

t.test('a parcel comes out as it went in, with any zeros behind', async t => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(parcel, labelled), fc.nat(300), async (sent, zeros) => {
      let vouched: Buffer = Buffer.alloc(0)
      const encoded = await encodeParcel(sent, text => Promise.resolve((vouched = text)).then(() => voucher))
      const read = parseParcel(Buffer.concat([encoded, Buffer.alloc(zeros)]))
      t.same(read.parcel, sent)
      return read.voucher.equals(voucher) && read.signed.equals(vouched)
    }),
    { numRuns: 60 },
  )
})

t.test('the voucher covers every octet before it', async t => {
  await fc.assert(
    fc.asyncProperty(parcel, async sent => {
      const encoded = await encodeParcel(sent, () => Promise.resolve(voucher))
      const { signed } = parseParcel(encoded)
      const covered = encoded.subarray(0, -voucher.length - 2)
      return signed.equals(Buffer.concat([Buffer.from('P3DO voucher v1\0'), covered]))
    }),
    { numRuns: 40 },
  )
  t.pass()
})

t.test('any octets are refused as bad format, or are exactly one parcel', async t => {
  fc.assert(
    fc.property(octets({ maxLength: 400 }), random => {
      try {
        parseParcel(random)
      } catch (error) {
        return (error as { code?: string }).code === 'bad-format'
      }
      return true
    }),
    { numRuns: 500 },
  )
  t.pass('holds')
})

t.test('an address that no parcel can hold is refused before anything is sent', async t => {
  const long = parseUserAddress(`${'x'.repeat(250)}@a.example`)
  const reply = { tag: Buffer.alloc(16), key: Buffer.alloc(32) }
  const place = { conversation: Buffer.alloc(16), sequence: 0, oldest: 0, part: 0, parts: 1, reply }
  const sent = { ...place, kind: 'message' as const, sent: 0, payload: Buffer.alloc(1) }
  const other = parseUserAddress('bob@b.example')
  const sign = () => Promise.resolve(voucher)
  await t.rejects(encodeParcel({ ...sent, sender: long, recipient: other }, sign), {
    code: 'message-too-long',
  })
  await t.rejects(encodeParcel({ ...sent, sender: other, recipient: long }, sign), {
    code: 'message-too-long',
  })
})
