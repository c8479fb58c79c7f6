// The fuzzer: `npm run test:fuzz -- --help`.
import { main } from './program.js'
import { targets } from './targets/index.js'

process.exit(await main(process.argv.slice(2), targets))
