// Writes the seeds of every parser that has none in the corpus yet, from the project's own vectors.
import { fileURLToPath } from 'node:url'
import { corpusFolder, readCorpus, writeSeeds } from './corpus.js'
import { targets } from './targets/index.js'

/** Seeds that are there stay as they are: what was found with them is found again. */
export async function writeMissing(folder = corpusFolder): Promise<void> {
  for (const { name, seeds } of targets)
    if ((await readCorpus(name, folder)).length === 0) await writeSeeds(name, await seeds(), folder)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeMissing()
