// The vectors of cells, layers and contents: those that are kept and new ones, whole, changed, and in a round trip.
import t from 'tap'
import { parseFrame } from '../../../plugin/mor/cell.js'
import { sealCover, sealOnion } from '../../../plugin/mor/cell.js'
import { encodeContents, encodeTaggedContents } from '../../../plugin/mor/contents.js'
import { unwrappingKey, wrapLayer, openLayer } from '../../../plugin/openpgp/index.js'
import { readCell } from '../../vectors/cells.js'
import { fieldsOf, readContents } from '../../vectors/contents.js'
import { keptVectors, makers } from '../../vectors/generate.js'
import { readLayer } from '../../vectors/onions.js'

const hex = (octets: Buffer): string => octets.toString('hex')

/** What reading gives: its result, or `refused`. Anything but a refusal of the format fails the test. */
function outcome<Result>(read: () => Result): Result | 'refused' {
  try {
    return read()
  } catch (error) {
    if ((error as { code?: string }).code !== 'bad-format') throw error
    return 'refused'
  }
}

t.test('cells come out as the vectors say', async t => {
  for (const vector of [...(await keptVectors('cells', 'valid')), ...makers.cells.valid()]) {
    const read = readCell(vector)
    if (vector.kind === 'cover') t.equal(read, 'cover', vector.name)
    else {
      if (read === null || read === 'cover') throw new Error(`No onion: ${vector.name}`)
      t.same(
        { tag: hex(read.tag), onion: hex(read.onion) },
        { tag: vector.tag, onion: vector.onion },
        vector.name,
      )
    }
  }
})

t.test('what the cells hold is sealed again and comes out the same', async t => {
  for (const vector of await keptVectors('cells', 'valid')) {
    const [link, before] = [Buffer.from(vector.link, 'hex'), readCell(vector)]
    if (before === null) throw new Error('Not readable.')
    const frame = before === 'cover' ? sealCover(link) : sealOnion(link, before)
    t.same(readCell({ link: vector.link, frame }), before, vector.name)
    t.not(frame, vector.frame)
  }
})

t.test('invalid cells are refused, or not readable', async t => {
  for (const vector of [...(await keptVectors('cells', 'invalid')), ...makers.cells.invalid()]) {
    const read = outcome(() => readCell(vector))
    t.equal(read, vector.outcome === 'refused' ? 'refused' : null, vector.name)
  }
})

t.test('a cell with any octet changed tells nothing', async t => {
  const [vector] = await keptVectors('cells', 'valid')
  if (!vector) throw new Error('No vector.')
  const cell = parseFrame(vector.frame)
  const read = Array.from(cell.keys(), at => {
    const changed = Buffer.from(cell)
    changed[at] = (changed[at] ?? 0) ^ 0xff
    return outcome(() => readCell({ link: vector.link, frame: changed.toString('base64') }))
  })
  t.equal(read.length, 2048)
  t.ok(read.every(result => result === null || result === 'refused'))
})

t.test('layers come out as the vectors say', async t => {
  for (const vector of [...(await keptVectors('onions', 'valid')), ...makers.onions.valid()]) {
    const read = readLayer(vector)
    t.equal(read && hex(read.contents), vector.contents, vector.name)
    t.equal(read && hex(read.secret), vector.shared, `${vector.name}, shared secret`)
  }
})

t.test('contents of layers are wrapped again and come out the same', async t => {
  for (const { key, layer, contents, name } of (await keptVectors('onions', 'valid')).slice(0, 4)) {
    const holder = unwrappingKey(Buffer.from(key.public, 'hex'), Buffer.from(key.secret, 'hex'))
    const again = wrapLayer(Buffer.from(contents, 'hex'), holder, layer.length / 2)
    t.equal(openLayer(again, holder)?.contents.toString('hex'), contents, name)
    t.not(hex(again), layer)
  }
})

t.test('invalid layers are refused, or for somebody else', async t => {
  for (const vector of [...(await keptVectors('onions', 'invalid')), ...makers.onions.invalid()]) {
    const read = outcome(() => readLayer(vector))
    t.equal(read, vector.outcome === 'refused' ? 'refused' : null, vector.name)
  }
})

t.test('contents say what the vectors say, and are encoded to the same octets', async t => {
  for (const vector of [...(await keptVectors('contents', 'valid')), ...makers.contents.valid()]) {
    const read = readContents(vector)
    const octets = Buffer.from(vector.contents, 'hex')
    t.same(fieldsOf(read), vector.says, vector.name)
    const encoded =
      vector.foundBy === null
        ? encodeContents(read)
        : encodeTaggedContents(read, Buffer.from(vector.foundBy, 'hex'))
    t.ok(octets.subarray(0, encoded.length).equals(encoded), vector.name)
    t.ok(
      octets.subarray(encoded.length).every(octet => octet === 0),
      'only zeros behind',
    )
  }
})

t.test('invalid contents are refused', async t => {
  for (const vector of [...(await keptVectors('contents', 'invalid')), ...makers.contents.invalid()])
    t.equal(
      outcome(() => readContents(vector)),
      'refused',
      vector.name,
    )
})
