// The demo from its stage through its acts.
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PluginError } from '../../plugin/errors.js'
import { profiles } from '../../plugin/profiles.js'
import type { Act } from './demo-act.js'
import type { Begin } from './demo-closing.js'
import { conversation } from './demo-conversation.js'
import { createOnionNumbers } from './demo-journey.js'
import { startMemoryStage } from './demo-memory.js'
import type { DemoOptions } from './demo-options.js'
import { createPaint, paragraph } from './demo-paper.js'
import { startRealStage } from './demo-real.js'
import { thirdServer } from './demo-third.js'
import type { Stage } from './demo-stage.js'
import { swappedKey } from './demo-takeover.js'
import { visit } from './demo-visit.js'

/** Plays everything. What it starts ends elsewhere. @throws PluginError when a message does not arrive */
export async function show(options: DemoOptions, begin: Begin): Promise<void> {
  const { host, profile, keep } = options
  const paint = createPaint(process.stdout.isTTY && !process.env['NO_COLOR'])
  const say = createProgress()
  console.log(paint('bold', 'P3DO: ordinary messages of stock clients, onion-routed between three servers\n'))
  const folder = await openFolder(keep, begin)
  const { interval, meanDelay } = profiles[profile]
  say(
    `profile ${profile}: each server speaks a cell every ${String(interval)} ms, and an opened onion waits ` +
      (meanDelay === 0 ? 'for the next' : `a random time, ${String(meanDelay / 1000)} s on average`),
  )
  const start = host === 'memory' ? startMemoryStage : startRealStage
  const stage = await start({ folder, profile, say, begin })
  const scene = { stage, paint, begin, numberOf: createOnionNumbers() }
  for (const act of actsFor(options)) await act(scene)
  if (keep !== null) await keepJourney(stage, keep)
  console.log('')
  say(
    `all messages arrived; ${keep === null ? 'all is taken down' : `configuration, logs and secrets stay in ${keep}`}`,
  )
}

// In their order; the one that breaks a server is the last.
function actsFor({ host, visit: isVisit }: DemoOptions): readonly Act[] {
  if (isVisit) return [conversation, visit]
  return [conversation, thirdServer, ...(host === 'memory' ? [] : [swappedKey])]
}

// The time is that since the start.
function createProgress(): (text: string) => void {
  const start = performance.now()
  return text => {
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    console.log(paragraph(`${seconds.padStart(6)} s`, text))
  }
}

async function openFolder(keep: string | null, begin: Begin): Promise<string> {
  if (keep === null) {
    return begin(
      () => mkdtemp(join(tmpdir(), 'p3do-demo-')),
      folder => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
    )
  }
  await mkdir(keep, { recursive: true, mode: 0o700 })
  if ((await readdir(keep)).length > 0)
    throw new PluginError('config-invalid', `--keep ${keep}: the folder is not empty; name a new one.`)
  return keep
}

async function keepJourney({ journey }: Stage, folder: string): Promise<void> {
  const lines = journey.items.map(step => `${JSON.stringify(step)}\n`)
  await writeFile(join(folder, 'journey.jsonl'), lines.join(''), { mode: 0o600 })
}
