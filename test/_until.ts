// Waiting in real time for what nothing announces: asked again and again, with pauses, so that no other process loses time by it.
import { setTimeout as delay } from 'node:timers/promises'

const pause = 25

/**
 * Resolves when `done` holds; `each` is done in between.
 * @param what for the error
 * @param patience milliseconds
 */
export async function until(
  what: string,
  done: () => boolean | Promise<boolean>,
  each: () => void = () => undefined,
  patience = 60_000,
): Promise<void> {
  const end = Date.now() + patience
  while (!(await done())) {
    if (Date.now() > end) throw new Error(`Waited in vain for: ${what}`)
    each()
    await delay(pause)
  }
}
