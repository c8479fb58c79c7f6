// A hostile member that hears an onion first says it again under another tag, so that its owner does not find the key.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { encodeTaggedContents } from '../../plugin/mor/contents.js'
import { capacity } from '../../plugin/mor/onion-length.js'
import { generateUnwrappingKey, wrapLayer } from '../../plugin/openpgp/index.js'
import { startListener } from '../_listener.js'

t.test('the onion under its own tag, heard later, is opened all the same, and once', async t => {
  const listener = await startListener()
  t.teardown(() => listener.stop())
  const [tag, key] = [randomBytes(16), generateUnwrappingKey()]
  listener.registerTag(tag, { owner: { kind: 'tag' }, key, expires: listener.clock.now() + 1e6 })
  const contents = encodeTaggedContents({ kind: 'deliver', parcel: Buffer.from('kept') }, tag)
  const filled = Buffer.concat([contents, Buffer.alloc(capacity(1351) - contents.length)])
  const onion = wrapLayer(filled, key, 1351)
  listener.hear({ tag: randomBytes(16), onion })
  await listener.pass(100)
  t.equal(listener.delivered.length, 0)
  for (let count = 0; count < 3; count++) listener.hear({ tag, onion })
  await listener.pass(100)
  t.equal(listener.delivered.length, 1)
  t.equal(listener.spoken.length, 1)
})
