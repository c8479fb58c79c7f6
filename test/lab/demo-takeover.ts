// The last act: another key in place of c.example's, in its plugin and in DNS, and how b.example takes it.
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { PluginError } from '../../plugin/errors.js'
import { announce, tell, type Scene } from './demo-act.js'
import type { Plugins } from './plugins.js'

// Twice as long as an answer is waited for that gets lost.
const longestWait = 60_000

/** Needs a real stage. */
export async function swappedKey(scene: Scene): Promise<void> {
  const { real } = scene.stage
  if (real === null) return
  announce(scene, 'Somebody takes over c.example')
  tell('does', 'he puts a key of his own into its plugin, and into its zone, with good signatures')
  tell('b.example', await takeOver(real.plugins))
  const why = 'b.example knows the true key since they met. DNS alone never replaces a known key'
  tell('because', `${why}; only its admin does, who asks the one of c.example first`)
}

/** Swaps the key, lets b.example meet it at a new start, and resolves to what its log tells the admin. */
export async function takeOver({ b, c }: Plugins['plugins']): Promise<string> {
  await Promise.all([b.stop(), c.stop()])
  await c.swapKey()
  const before = startsIn(await readFile(c.log, 'utf8'))
  c.start()
  // Who asks before there is anybody asks again later and later.
  await told(c.log, log => (startsIn(log) > before ? '' : null))
  b.start()
  return told(b.log, suspensionIn)
}

/** Waits until a log says it. */
async function told(file: string, find: (log: string) => string | null): Promise<string> {
  const end = Date.now() + longestWait
  while (Date.now() < end) {
    const found = find(await readFile(file, 'utf8'))
    if (found !== null) return found
    await delay(50)
  }
  throw new PluginError('key-changed', 'b.example did not refuse the other key of c.example in time.')
}

function startsIn(log: string): number {
  return log.split('"msg":"P3DO is running."').length
}

function suspensionIn(log: string): string | null {
  const lines = log.split('\n').filter(line => line.includes('"peer":"c.example"'))
  const refused = lines.find(line => line.includes('suspended'))
  return refused === undefined ? null : (JSON.parse(refused) as { msg: string }).msg
}
