// Waiting until a running plugin answers a command as is wanted: asking is how an admin finds out, too.
import { join } from 'node:path'
import { askControl } from '../../adapters/control/index.js'
import { until } from '../_until.js'
import type { Plugin } from '../lab/plugins.js'

/**
 * Also while the plugin starts. Not by the program: a process for each question would take the time that the plugins need.
 * @param patience milliseconds
 */
export async function untilAnswered(
  { folder, server }: Plugin,
  words: readonly string[],
  wanted: (answer: string) => boolean,
  patience?: number,
): Promise<void> {
  const isAnswered = async (): Promise<boolean> => {
    const answer = await askControl(join(folder, 'data'), words).catch(() => null)
    return answer !== null && wanted(answer)
  }
  await until(
    `the plugin of ${server} to answer ${words.join(' ')} as wanted`,
    isAnswered,
    undefined,
    patience,
  )
}
