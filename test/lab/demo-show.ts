// The demo from its stage to its last page.
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PluginError } from '../../plugin/errors.js'
import { profiles } from '../../plugin/profiles.js'
import type { Begin } from './demo-closing.js'
import { followSteps } from './demo-follow.js'
import { createNarrator, createOnionNumbers, type NumberOnion } from './demo-journey.js'
import { startMemoryStage } from './demo-memory.js'
import type { DemoOptions } from './demo-options.js'
import { createPaint, journeyHead, journeyLine, paragraph, type Paint } from './demo-paper.js'
import { parts, playPart, prepare, type Part } from './demo-play.js'
import { startProsodyStage } from './demo-prosody.js'
import { reportOf, secretsOf } from './demo-report.js'
import type { Span, Stage } from './demo-stage.js'

/** Plays everything. What it starts ends elsewhere. @throws PluginError when a message does not arrive */
export async function show({ host, profile, keep }: DemoOptions, begin: Begin): Promise<void> {
  const paint = createPaint(process.stdout.isTTY && !process.env['NO_COLOR'])
  const say = createProgress()
  console.log(paint('bold', 'P3DO: a message and its answer, onion-routed between three servers\n'))
  const folder = await openFolder(keep, begin)
  const { interval, meanDelay } = profiles[profile]
  say(
    `profile ${profile}: each server speaks a cell every ${String(interval)} ms, and an opened onion waits ` +
      (meanDelay === 0 ? 'for the next' : `a random time, ${String(meanDelay / 1000)} s on average`),
  )
  const start = host === 'memory' ? startMemoryStage : startProsodyStage
  const stage = await start({ folder, profile, say, begin })
  await prepare(stage, say)
  const numberOf = createOnionNumbers()
  const spans: Span[] = []
  for (const part of parts) spans.push(await showPart(stage, part, numberOf, paint))
  const span = { from: spans[0]?.from ?? 0, until: spans.at(-1)?.until ?? 0 }
  const observation = await stage.observe(span, secretsOf(parts.map(({ text }) => text)))
  console.log(`\n${reportOf({ journey: stage.journey.items, numberOf, span, observation }, paint)}\n`)
  if (stage.takeOver) await showTakeOver(stage.takeOver, paint)
  if (keep !== null) await keepJourney(stage, keep)
  say(
    `both messages arrived; ${keep === null ? 'all is taken down' : `configuration, logs and secrets stay in ${keep}`}`,
  )
}

async function showTakeOver(takeOver: () => Promise<string>, paint: Paint): Promise<void> {
  console.log(paint('bold', 'Somebody takes over c.example'))
  console.log(
    paragraph('  does', 'he puts a key of his own into its plugin, and into its zone, with good signatures'),
  )
  console.log(paragraph('  b.example', await takeOver()))
  const why = 'b.example knows the true key since they met. DNS alone never replaces a known key'
  console.log(
    `${paragraph('  because', `${why}; only its admin does, who asks the one of c.example first`)}\n`,
  )
}

// The time is that since the start.
function createProgress(): (text: string) => void {
  const start = performance.now()
  return text => {
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    console.log(paragraph(`${seconds.padStart(6)} s`, text))
  }
}

async function showPart(stage: Stage, part: Part, numberOf: NumberOnion, paint: Paint): Promise<Span> {
  const way = part.route === '' ? 'a random route of three servers' : `the route ${part.route}, as chosen`
  console.log(
    `\n${paint('bold', `${part.from} to ${part.to}`)}: ${part.text}  (${way})\n\n${paint('dim', journeyHead)}`,
  )
  const start = Date.now()
  const narrator = createNarrator(numberOf, line => {
    console.log(journeyLine(line, start, paint))
  })
  const stop = followSteps(stage.journey, narrator)
  try {
    return await playPart(stage, part)
  } finally {
    stop()
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
