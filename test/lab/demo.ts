// `npm run demo`: messages of stock clients through three servers, told as it happens. Here: beginning and end.
import { inspect } from 'node:util'
import { PluginError } from '../../plugin/errors.js'
import { createClosing, type Closing } from './demo-closing.js'
import { demoHelp, parseDemoOptions } from './demo-options.js'
import { ensurePrograms } from './demo-packages.js'
import { show } from './demo-show.js'

const longestRun = 120_000
// Others notice after a minute that a server is away, and some time later that it is back.
const longestVisit = 360_000
const patience = 5000
const signals = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const

await main()

async function main(): Promise<void> {
  const closing = createClosing(patience)
  // Whoever reads the first line may send a signal.
  const stopped = stopRequested()
  const code = await Promise.race([attempt(closing), stopped])
  if (code > 128) complain('Stopping ...')
  const failures = await closing.close()
  if (code === 0) failures.forEach(complain)
  // The kernel ends with this process whatever is left of it (prctl(2)).
  process.exit(code === 0 && failures.length > 0 ? 1 : code)
}

async function attempt(closing: Closing): Promise<number> {
  try {
    const options = parseDemoOptions(process.argv.slice(2), process.env['INIT_CWD'] ?? process.cwd())
    if (options.help) process.stdout.write(demoHelp)
    else {
      if (options.host === 'real') await ensurePrograms(options.visit)
      await Promise.race([show(options, closing.begin), tooLong(options.visit ? longestVisit : longestRun)])
    }
    return 0
  } catch (error) {
    if (closing.isClosing) return 1 // what ends because all ends is no news
    complain(error instanceof PluginError ? error.message : inspect(error))
    return 1
  }
}

function complain(text: string): void {
  process.stderr.write(`\n${text}\n`)
}

// A terminal that goes away ends the demo as a signal does.
function stopRequested(): Promise<number> {
  return new Promise(resolve => {
    for (const [signal, number] of Object.entries(signals)) {
      process.on(signal, () => {
        resolve(128 + number)
      })
    }
    for (const output of [process.stdout, process.stderr]) {
      output.on('error', () => {
        resolve(1)
      })
    }
  })
}

function tooLong(longest: number): Promise<never> {
  return new Promise((_, reject) => {
    const seconds = String(longest / 1000)
    const message = `The demo takes longer than ${seconds} s and gives up. Is the machine busy? --keep FOLDER keeps the logs.`
    setTimeout(() => {
      reject(new PluginError('host-unreachable', message))
    }, longest).unref()
  })
}
