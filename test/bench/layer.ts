// Building a layer, opening an own one, and the trial of one that is for somebody else (PROTO s3).
import { randomBytes } from 'node:crypto'
import { generateUnwrappingKey, layerOverhead, openLayer, wrapLayer } from '../../plugin/openpgp/index.js'
import * as bare from './bare-calls.js'
import { compare } from './compare.js'
import * as library from './openpgpjs.js'
import type { Row } from './report.js'
import type { RoundOptions } from './rounds.js'

// The third of the four lengths of an onion, full.
const length = 1751
const contents = randomBytes(length - layerOverhead)
// Literal and padding packets around them.
const plaintext = randomBytes(contents.length + 11)

export async function benchLayer(options: RoundOptions): Promise<Row[]> {
  const key = await library.createSharedKey()
  const own = wrapLayer(contents, key.unwrapping, length)
  const foreign = wrapLayer(contents, generateUnwrappingKey(), length)
  const sealed = bare.sealChunks(plaintext)
  return [
    ...(await compare(
      {
        name: 'build a layer',
        unit: 'layers',
        ours: () => wrapLayer(contents, key.unwrapping, length),
        library: () => key.write(contents, 0),
        bare: () => {
          bare.wrapSessionKey()
          bare.sealChunks(plaintext)
        },
      },
      options,
    )),
    ...(await compare(
      {
        name: 'open a layer',
        unit: 'layers',
        ours: () => openLayer(own, key.unwrapping),
        library: () => library.openOwnLayer(own, key),
        bare: () => {
          bare.unwrapSessionKey(bare.importEphemeral())
          bare.openChunks(sealed)
        },
      },
      options,
    )),
    ...(await compare(
      {
        name: 'trial of a foreign onion',
        unit: 'trials',
        ours: () => openLayer(foreign, key.unwrapping),
        library: () => library.openLayer(foreign, [key]),
        bare: () => {
          bare.tryKey(bare.importEphemeral())
        },
      },
      options,
    )),
  ]
}
