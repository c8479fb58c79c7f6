// Cells: one size, one encoding, judged by OpenPGP.js, refused when anything about them differs.
import { randomBytes } from 'node:crypto'
import * as openpgp from 'openpgp'
import t from 'tap'
import { openCell, parseFrame, sealCover, sealOnion } from '../../../plugin/mor/cell.js'
import { onionLengths } from '../../../plugin/mor/onion-length.js'
import { generateUnwrappingKey, seal, wrapLayer } from '../../../plugin/openpgp/index.js'

const refusal = { name: 'PluginError', code: 'bad-format' }
const link = randomBytes(32)

function someOnion(length = 1351) {
  return { tag: randomBytes(16), onion: wrapLayer(Buffer.alloc(400), generateUnwrappingKey(), length) }
}

t.test('an onion of each length comes out as it went in, in 2,732 characters', async t => {
  for (const length of onionLengths) {
    const tagged = someOnion(length)
    const frame = sealOnion(link, tagged)
    t.equal(frame.length, 2732)
    t.same(openCell(link, parseFrame(frame)), tagged)
  }
})

t.test('cover looks the same from outside and is told apart inside', async t => {
  const frame = sealCover(link)
  t.equal(frame.length, 2732)
  t.equal(openCell(link, parseFrame(frame)), 'cover')
})

t.test('the same onion never looks the same twice', async t => {
  const tagged = someOnion()
  const [one, other] = [sealOnion(link, tagged), sealOnion(link, tagged)].map(parseFrame)
  const same = one?.filter((octet, at) => octet === other?.[at]).length ?? 0
  t.ok(same < 40, `${String(same)} octets in the same place, header included`)
})

t.test('without the link key a cell tells nothing', async t => {
  t.equal(openCell(randomBytes(32), parseFrame(sealOnion(link, someOnion()))), null)
})

t.test('OpenPGP.js opens a cell with the link key as session key', async t => {
  const { tag, onion } = someOnion()
  const message = await openpgp.readMessage({
    binaryMessage: new Uint8Array(parseFrame(sealOnion(link, { tag, onion }))),
  })
  const sessionKeys = {
    data: new Uint8Array(link),
    algorithm: 'aes256',
    aeadAlgorithm: 'ocb',
  } as openpgp.SessionKey
  const { data } = (await openpgp.decrypt({ message, sessionKeys, format: 'binary' })) as { data: unknown }
  t.ok(
    Buffer.from(data as Uint8Array)
      .subarray(0, 17 + onion.length)
      .equals(Buffer.concat([Buffer.of(0x11), tag, onion])),
  )
})

t.test('every flipped bit of a cell is refused or unreadable', async t => {
  const cell = parseFrame(sealOnion(link, someOnion()))
  let read = 0
  for (let bit = 0; bit < cell.length * 8; bit++) {
    const changed = Buffer.from(cell)
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    if (reads(changed)) read++
  }
  t.equal(read, 0)
})

t.test('frames of other lengths, alphabets and encodings are refused', async t => {
  const frame = sealCover(link)
  const other = [
    '',
    frame.slice(1),
    `${frame}=`,
    frame.replace('=', 'A'),
    ` ${frame.slice(1)}`,
    frame.replace(/.$/u, '\n'),
  ]
  for (const text of [...other, frame.replace(/[A-Za-z]/u, '-'), `${frame.slice(0, 2730)}B=`]) {
    t.throws(() => parseFrame(text), refusal, JSON.stringify(text.slice(-4)))
  }
})

t.test('what a member seals that is no onion and no cover is refused', async t => {
  const start = Buffer.from('cbc6f6620000000000', 'hex')
  const fill = (kind: number) => seal(link, Buffer.concat([start, Buffer.of(kind), Buffer.alloc(1967)]))
  for (const kind of [0, 0x11, 0x12, 0x20, 0xff])
    t.throws(() => openCell(link, fill(kind)), refusal, `kind ${String(kind)}`)
  t.throws(() => openCell(link, seal(link, Buffer.alloc(1977))), refusal, 'no literal packet')
  t.throws(() => openCell(link, seal(link, Buffer.alloc(1900))), refusal, 'another length')
  t.throws(() => openCell(link, Buffer.alloc(2048)), refusal, 'zeros')
})

function reads(cell: Buffer): boolean {
  try {
    return openCell(link, cell) !== null
  } catch (error) {
    if ((error as { code?: string }).code !== 'bad-format') throw error
    return false
  }
}
