// A short run of every parser: all inputs that are kept, and some changed ones, the same each time.
import t from 'tap'
import { createChance } from '../faults/chance.js'
import { readCorpus } from './corpus.js'
import { fuzz } from './fuzz.js'
import { targets } from './targets/index.js'

for (const fuzzed of targets) {
  t.test(`${fuzzed.name}: each input is taken or refused in an orderly way`, async t => {
    const [corpus, target] = [await readCorpus(fuzzed.name), await fuzzed.open()]
    t.teardown(() => target.stop?.())
    t.ok(corpus.length > 0, 'there are kept inputs')
    const goOn = (inputs: number) => inputs < corpus.length + fuzzed.few
    const { found, ends } = await fuzz({ fuzzed, target, corpus, chance: createChance(1, fuzzed.name), goOn })
    for (const { input, error } of found) t.fail(`${String(error)}: ${input.toString('base64')}`)
    // Inputs that all come to one end say nothing.
    t.ok(ends.size > 1, `${String(ends.size)} different ends`)
  })
}
