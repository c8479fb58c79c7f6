// Sealing and opening a cell, from and to its text form (PROTO s4).
import { randomBytes } from 'node:crypto'
import { openCell, parseFrame, sealOnion } from '../../plugin/mor/cell.js'
import { generateUnwrappingKey, wrapLayer } from '../../plugin/openpgp/index.js'
import * as bare from './bare-calls.js'
import { compare } from './compare.js'
import * as library from './openpgpjs.js'
import type { Row } from './report.js'
import type { RoundOptions } from './rounds.js'

const onionLength = 1551
const plaintext = randomBytes(1977)
const sealedOctets = 2048

export async function benchCell(options: RoundOptions): Promise<Row[]> {
  const link = randomBytes(32)
  const onion = wrapLayer(randomBytes(1000), generateUnwrappingKey(), onionLength)
  const tagged = { tag: randomBytes(16), onion }
  const frame = sealOnion(link, tagged)
  // Kind, tag and onion, and random octets behind them: what OpenPGP.js is given is ready.
  const contents = Buffer.concat([Buffer.of(0x11), tagged.tag, onion, randomBytes(1951 - onionLength)])
  const cell = randomBytes(sealedOctets)
  const sealed = bare.sealChunks(plaintext)
  return [
    ...(await compare(
      {
        name: 'seal a cell',
        unit: 'cells',
        ours: () => sealOnion(link, tagged),
        library: () => library.sealCell(link, contents),
        bare: () => {
          randomBytes(1951 - onionLength)
          bare.sealChunks(plaintext)
          cell.toString('base64')
        },
      },
      options,
    )),
    ...(await compare(
      {
        name: 'open a cell',
        unit: 'cells',
        ours: () => openCell(link, parseFrame(frame)),
        library: () => library.openCell(link, frame),
        bare: () => {
          Buffer.from(frame, 'base64')
          bare.openChunks(sealed)
        },
      },
      options,
    )),
  ]
}
