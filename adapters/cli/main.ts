// The program `p3do` itself: the process around the command line.
import { runProgram } from './program.js'

const code = await runProgram(process.argv.slice(2), {
  env: process.env,
  out: process.stdout,
  err: process.stderr,
  input: process.stdin,
  // Loaded when needed: the other commands start without cryptography and database.
  start: async (config, secrets, reread) =>
    (await import('../../plugin/main.js')).start(config, secrets, reread),
  // A second signal finds no handler any more and ends the process at once.
  stopRequested: () =>
    new Promise(resolve => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const)
        process.once(signal, () => {
          resolve()
        })
    }),
})
process.exit(code)
