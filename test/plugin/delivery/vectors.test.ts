// The vectors of parcels: those that are kept and new ones, whole, cut anywhere, and in a round trip.
import t from 'tap'
import { encodeParcel } from '../../../plugin/delivery/parcel.js'
import { keptVectors, makers } from '../../vectors/generate.js'
import { fieldsOf, readParcel } from '../../vectors/parcels.js'

const refusal = { name: 'PluginError', code: 'bad-format' }

t.test('parcels say what the vectors say, and their server vouches for them', async t => {
  for (const vector of [...(await keptVectors('parcels', 'valid')), ...(await makers.parcels.valid())]) {
    const { parcel, vouched } = await readParcel(vector)
    t.same(fieldsOf(parcel), vector.says, vector.name)
    t.equal(vouched, true, vector.name)
  }
})

t.test('parcels are encoded to the same octets, but for the zeros behind', async t => {
  for (const vector of await keptVectors('parcels', 'valid')) {
    const { parcel, voucher } = await readParcel(vector)
    const encoded = (await encodeParcel(parcel, () => Promise.resolve(voucher))).toString('hex')
    t.ok(vector.parcel.startsWith(encoded), vector.name)
    t.match(vector.parcel.slice(encoded.length), /^0*$/u)
  }
})

t.test('invalid parcels are refused, or nobody vouches for them', async t => {
  for (const vector of [...(await keptVectors('parcels', 'invalid')), ...(await makers.parcels.invalid())]) {
    if (vector.outcome === 'refused') await t.rejects(readParcel(vector), refusal, vector.name)
    else t.equal((await readParcel(vector)).vouched, false, vector.name)
  }
})

t.test('a parcel that is cut anywhere is refused', async t => {
  const [vector] = await keptVectors('parcels', 'valid')
  if (!vector) throw new Error('No vector.')
  for (let end = 0; end < vector.parcel.length; end += 2)
    await t.rejects(
      readParcel({ ...vector, parcel: vector.parcel.slice(0, end) }),
      refusal,
      `${end / 2} octets`,
    )
})
