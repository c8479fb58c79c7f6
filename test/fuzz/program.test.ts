// The fuzzer itself: it finds what it is for, keeps it, makes it short, and a seed repeats a run.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { PluginError } from '../../plugin/errors.js'
import { createChance } from '../faults/chance.js'
import { keepInput, readCorpus, writeSeeds } from './corpus.js'
import { fuzz } from './fuzz.js'
import { mutate } from './mutate.js'
import { parseFuzzOptions } from './options.js'
import { attempt, type Fuzzed, type Target } from './target.js'

const seed = Buffer.from('a good input of some length')
const fuzzed = (take: Target['take']): Fuzzed => ({
  name: 'example',
  about: 'an example',
  words: ['word'],
  longest: 100,
  few: 0,
  open: () => Promise.resolve({ take }),
  seeds: () => Promise.resolve([seed]),
})

async function findings(take: Target['take'], patience?: number) {
  const example = fuzzed(take)
  const [target, chance] = [await example.open(), createChance(1)]
  const goOn = (inputs: number) => inputs < 400
  const options = { fuzzed: example, target, corpus: [seed], chance, goOn }
  return fuzz({ ...options, ...(patience !== undefined && { patience }) })
}

t.test('an error that is no refusal is found, once, with an input that has only what is needed', async t => {
  const { found } = await findings(input =>
    attempt(() => {
      if (input.includes(0xff)) throw new TypeError('broken')
      if (input.length % 2 === 1) throw new PluginError('bad-format', 'It is refused.')
      return 'accepted'
    }),
  )
  t.equal(found.length, 1)
  t.match(found[0]?.error, /broken/)
  t.same(found[0]?.input, Buffer.of(0xff))
})

t.test('a bug of the plugin is no refusal', async t => {
  const { found } = await findings(() => attempt(() => Promise.reject(new PluginError('internal', 'A bug.'))))
  t.equal(found.length, 1)
})

t.test('a refusal that repeats its input is found', async t => {
  const { found } = await findings(input =>
    attempt(() => {
      throw new PluginError('bad-format', `It is no input: ${input.toString('latin1')}`)
    }),
  )
  t.match(String(found[0]?.error), /repeats/)
})

t.test('a promise that nobody waits for, and a slow input, are found', async t => {
  const stray = await findings(async () => {
    void Promise.reject(new Error('stray'))
    await new Promise(resolve => setImmediate(resolve))
    return 'accepted'
  })
  t.match(stray.found[0]?.error, /stray/)
  const slow = await findings(() => {
    for (const began = performance.now(); performance.now() - began < 2;);
    return 'accepted'
  }, 1)
  t.match(String(slow.found[0]?.error), /took/)
})

t.test('a seed gives the same inputs again', t => {
  const material = { inputs: [seed], words: [Buffer.from('word')], longest: 60 }
  const draw = (number: number) => {
    const chance = createChance(number)
    return Array.from({ length: 50 }, () => mutate(seed, material, chance).toString('hex'))
  }
  t.same(draw(3), draw(3))
  t.notSame(draw(3), draw(4))
  t.ok(draw(3).every(hex => hex.length <= 120))
  t.end()
})

t.test('what is found is kept, and read again with the seeds', async t => {
  const folder = t.testdir()
  await writeSeeds('example', [seed], folder)
  const file = await keepInput('example', Buffer.of(1), folder)
  t.same(await readFile(file), Buffer.of(1))
  t.same((await readdir(join(folder, 'example'))).length, 2)
  t.same(await readCorpus('example', folder), [Buffer.of(1), seed])
})

t.test('wrong options are none', t => {
  const parse = (...args: string[]) => parseFuzzOptions(args, ['one', 'two'], 5)
  t.match(parse(), { seed: 5, seconds: 60, only: ['one', 'two'], help: false })
  t.match(parse('--seed', '7', '--seconds', '0.5', '--only', 'two'), { seed: 7, seconds: 0.5, only: ['two'] })
  for (const args of [['--only', 'three'], ['--seed', 'x'], ['--seconds', '-1'], ['--unknown'], ['--seed']])
    t.equal(parse(...args), null, args.join(' '))
  t.end()
})
