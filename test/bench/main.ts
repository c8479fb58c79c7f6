// The benchmark as a program: `npm run bench -- --help`.
import { processOutput } from '../lab/program-output.js'
import { main } from './program.js'

process.exitCode = await main(process.argv.slice(2), processOutput)
