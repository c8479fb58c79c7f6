// Onion layers against OpenPGP.js as judge, and every change that somebody on the path could make to one.
import * as openpgp from 'openpgp'
import t from 'tap'
import fc from 'fast-check'
import { generateUnwrappingKey, layerOverhead, openLayer, wrapLayer } from '../../../plugin/openpgp/index.js'
import { judgeKey } from '../../_openpgp-judge.js'

const refusal = { name: 'PluginError', code: 'bad-format' }

t.test('what we wrap, we open, at every length of contents and layer', async t => {
  const key = generateUnwrappingKey()
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 186, maxLength: 1700 }), fc.nat(190), (octets, padding) => {
      const contents = Buffer.from(octets)
      const length = layerOverhead + contents.length + (padding < 190 ? padding : 400)
      const layer = wrapLayer(contents, key, length)
      return layer.length === length && openLayer(layer, key)?.contents.equals(contents) === true
    }),
    { numRuns: 100 },
  )
  t.equal(layerOverhead, 160)
})

t.test('contents that do not fit are the caller’s mistake', async t => {
  const key = generateUnwrappingKey()
  t.throws(() => wrapLayer(Buffer.alloc(400), key, 400 + layerOverhead - 1), RangeError)
})

t.test('a layer for somebody else is not addressed to me', async t => {
  const layer = wrapLayer(Buffer.alloc(300), generateUnwrappingKey(), 700)
  t.equal(openLayer(layer, generateUnwrappingKey()), null)
})

t.test('OpenPGP.js opens what we write', async t => {
  const { secretKey, unwrapping } = await judgeKey()
  const contents = Buffer.from('spoken by ours, opened by theirs'.repeat(9))
  const layer = wrapLayer(contents, unwrapping, 1345)
  const message = await openpgp.readMessage({ binaryMessage: new Uint8Array(layer) })
  t.same(
    message.getEncryptionKeyIDs().map(id => id.toHex()),
    ['0'.repeat(16)],
    'the recipient is hidden',
  )
  const opened = await openpgp.decrypt({ message, decryptionKeys: secretKey, format: 'binary' })
  t.ok(contents.equals(opened.data as Uint8Array))
})

t.test('we open what OpenPGP.js writes in our profile', async t => {
  const { unwrapping, write } = await judgeKey()
  const contents = Buffer.from('spoken by theirs, opened by ours'.repeat(9))
  t.ok(openLayer(await write(contents, 120), unwrapping)?.contents.equals(contents))
})

t.test('OpenPGP.js without our profile is refused: no padding, a date, two recipients', async t => {
  const { secretKey, unwrapping, write } = await judgeKey()
  const contents = Buffer.alloc(300)
  t.throws(() => openLayer(Buffer.alloc(0), unwrapping), refusal)
  await t.rejects(async () => openLayer(await write(contents, null), unwrapping), refusal)
  const message = await openpgp.createMessage({ binary: contents, date: new Date(1e12) })
  const dated: unknown = await openpgp.encrypt({
    message,
    encryptionKeys: [secretKey, secretKey],
    wildcard: true,
    format: 'binary',
    config: { aeadProtect: true, preferredAEADAlgorithm: openpgp.enums.aead.ocb },
  })
  t.throws(() => openLayer(Buffer.from(dated as Uint8Array), unwrapping), refusal)
})

t.test('every flipped bit is refused', async t => {
  const key = generateUnwrappingKey()
  const layer = wrapLayer(Buffer.alloc(200, 7), key, 400)
  let opened = 0
  for (let bit = 0; bit < layer.length * 8; bit++) {
    const changed = Buffer.from(layer)
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    if (opens(changed, key)) opened++
  }
  // The top bit of an X25519 public key is ignored by RFC 7748 s5, but it is hashed into the wrapping key.
  t.equal(opened, 0)
})

t.test('every cut, every added octet, every added, removed or swapped packet is refused', async t => {
  const key = generateUnwrappingKey()
  const layer = wrapLayer(Buffer.alloc(200, 7), key, 400)
  const [sessionKey, data] = [layer.subarray(0, 78), layer.subarray(78)]
  for (let length = 0; length < layer.length; length++)
    t.notOk(opens(layer.subarray(0, length), key), `cut to ${String(length)}`)
  for (let type = 0; type < 64; type++) {
    const packet = Buffer.of(0xc0 | type, 3, 0x50, 0x47, 0x50)
    t.notOk(opens(Buffer.concat([layer, packet]), key), `packet ${String(type)} behind`)
    t.notOk(opens(Buffer.concat([packet, layer]), key), `packet ${String(type)} before`)
    t.notOk(opens(Buffer.concat([sessionKey, packet, data]), key), `packet ${String(type)} between`)
  }
  t.notOk(opens(data, key))
  t.notOk(opens(sessionKey, key))
  t.notOk(opens(Buffer.concat([data, sessionKey]), key))
  t.notOk(opens(Buffer.concat([sessionKey, sessionKey, data]), key))
  t.notOk(opens(Buffer.concat([sessionKey, data, data]), key))
})

t.test('an ephemeral key of small order is refused', async t => {
  const key = generateUnwrappingKey()
  const layer = wrapLayer(Buffer.alloc(200), key, 400)
  layer.fill(0, 5, 37)
  t.throws(() => openLayer(layer, key), refusal)
})

function opens(layer: Buffer, key: Parameters<typeof openLayer>[1]): boolean {
  try {
    return openLayer(layer, key) !== null
  } catch (error) {
    if ((error as { code?: string }).code !== 'bad-format') throw error
    return false
  }
}
