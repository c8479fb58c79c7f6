// All vectors of the protocol's octets. Run as a program it writes them anew, which a new protocol version asks for.
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { invalidCells, validCells } from './cells.js'
import { invalidContents, validContents } from './contents.js'
import { invalidLayers, validLayers } from './onions.js'
import { invalidParcels, validParcels } from './parcels.js'

export const makers = {
  cells: { valid: validCells, invalid: invalidCells },
  onions: { valid: validLayers, invalid: invalidLayers },
  contents: { valid: validContents, invalid: invalidContents },
  parcels: { valid: validParcels, invalid: invalidParcels },
} as const

type Makers = typeof makers
type Vectors<F extends keyof Makers, K extends 'valid' | 'invalid'> = Awaited<ReturnType<Makers[F][K]>>

/** The vectors of a format as they are kept. Tests run from the root of the project. */
export async function keptVectors<F extends keyof Makers, K extends 'valid' | 'invalid'>(
  format: F,
  kind: K,
): Promise<Vectors<F, K>> {
  return JSON.parse(await readFile(fileOf(format, kind), 'utf8')) as Vectors<F, K>
}

function fileOf(format: string, kind: string): string {
  return `test/vectors/${format}/${kind}.json`
}

async function writeAll(): Promise<void> {
  for (const [format, { valid, invalid }] of Object.entries(makers)) {
    await writeFile(fileOf(format, 'valid'), `${JSON.stringify(await valid(), null, 2)}\n`)
    await writeFile(fileOf(format, 'invalid'), `${JSON.stringify(await invalid(), null, 2)}\n`)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeAll()
