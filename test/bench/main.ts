// The benchmark as a program: `npm run bench -- --help`.
import { main } from './program.js'

process.exitCode = await main(process.argv.slice(2))
