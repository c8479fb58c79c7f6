// The fault runner: `npm run test:faults -- --help`. Here: beginning and end.
import { createClosing } from '../lab/demo-closing.js'
import { processOutput } from '../lab/program-output.js'
import { main } from './program.js'

const patience = 10_000
const signals = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const
// Twenty minutes of faults, as long again for what is slow, and the runs in memory.
const longestRun = 3_600_000

const closing = createClosing(patience)
const from = process.env['INIT_CWD'] ?? process.cwd()
const code = await Promise.race([
  main(process.argv.slice(2), {
    from,
    begin: start => closing.begin(start, world => world.stop()),
    output: processOutput,
  }),
  stopRequested(),
  tooLong(),
])
for (const failure of await closing.close()) process.stderr.write(`${failure}\n`)
process.exit(code)

function stopRequested(): Promise<number> {
  return new Promise(resolve => {
    for (const [signal, number] of Object.entries(signals)) {
      process.on(signal, () => {
        process.stderr.write('Stopping ...\n')
        resolve(128 + number)
      })
    }
  })
}

function tooLong(): Promise<number> {
  return new Promise(resolve => {
    setTimeout(() => {
      process.stderr.write('The run takes too long and is given up.\n')
      resolve(1)
    }, longestRun).unref()
  })
}
