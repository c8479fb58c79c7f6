// Inputs that are kept: seeds of each parser, and everything that once broke it.
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** From the root of the project, where tests run. */
export const corpusFolder = 'test/fuzz/corpus'

/** All inputs of a parser, in the order of their names. */
export async function readCorpus(name: string, folder = corpusFolder): Promise<readonly Buffer[]> {
  const names = await readdir(join(folder, name)).catch(() => [])
  return Promise.all(names.sort().map(file => readFile(join(folder, name, file))))
}

/** Keeps an input that broke its parser; resolves to its file. */
export async function keepInput(name: string, input: Buffer, folder = corpusFolder): Promise<string> {
  const digits = createHash('sha256').update(input).digest('hex').slice(0, 8)
  return keep(folder, name, `found-${digits}`, input)
}

/** Writes the seeds of a parser. */
export async function writeSeeds(name: string, seeds: readonly Buffer[], folder: string): Promise<void> {
  for (const [index, seed] of seeds.entries())
    await keep(folder, name, `seed-${String(index + 1).padStart(2, '0')}`, seed)
}

async function keep(folder: string, name: string, file: string, input: Buffer): Promise<string> {
  const path = join(folder, name, file)
  await mkdir(join(folder, name), { recursive: true })
  await writeFile(path, input)
  return path
}
