// Gets the demo's programs, and says how far that is.
import { PluginError } from '../../plugin/errors.js'
import { ensureDebian, laboratoryPackages, type PackageProgress } from './debian-packages.js'
import { ejabberdPackages } from './ejabberd.js'
import { knotPackages } from './knot.js'
import { slixmppPackages } from './slixmpp-process.js'

const sayEvery = 3000

/** Takes a download at the first time in a checkout. @throws PluginError that says what to install */
export async function ensurePrograms(isVisit: boolean): Promise<void> {
  const progress = createProgress()
  try {
    for (const names of [
      laboratoryPackages,
      knotPackages,
      ejabberdPackages,
      ...(isVisit ? [slixmppPackages] : []),
    ])
      await ensureDebian(names, progress(names))
  } catch (cause) {
    if (!(cause instanceof PluginError)) throw cause
    const other = 'or do without chat servers: npm run demo -- --host memory'
    throw new PluginError('config-invalid', `${cause.message}\n${other}`, { cause })
  }
}

// A line now and then, for terminals and logs alike; none where everything is there.
function createProgress(): (names: readonly string[]) => PackageProgress {
  let said = -Infinity
  return names => {
    let begun = false
    return (doing, done, of) => {
      if (!begun)
        console.log(`Getting Debian's ${names.join(', ')}; they go to .lab and are not installed ...`)
      begun = true
      if (performance.now() - said < sayEvery) return
      said = performance.now()
      console.log(`  ${doing} ${String(done)} of ${String(of)} packages`)
    }
  }
}
