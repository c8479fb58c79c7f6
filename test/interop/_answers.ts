// Waiting until a running plugin answers a command as is wanted: asking is how an admin finds out, too.
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { askControl } from '../../adapters/control/index.js'
import type { Plugin } from '../lab/plugins.js'

/**
 * Also while the plugin starts. Not by the program: a process for each question would take the time that the plugins need.
 * @param patience milliseconds
 */
export async function untilAnswered(
  { folder }: Plugin,
  words: readonly string[],
  wanted: RegExp,
  patience = 60_000,
): Promise<void> {
  const end = Date.now() + patience
  for (let answer = ''; !wanted.test(answer);) {
    if (Date.now() > end) throw new Error(`The plugin does not answer as wanted, but: ${answer}`)
    await delay(100)
    answer = await askControl(join(folder, 'data'), words).catch(() => '')
  }
}
