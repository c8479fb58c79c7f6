// Runs checks at once, each within its time, and tells what they found.
import { PluginError } from '../../plugin/errors.js'
import type { Clock } from '../../plugin/ports.js'
import { unknown, wrong, type Check, type CheckReport, type Finding } from './finding.js'

/** Reports in the order of the checks. A check that takes longer than `within` milliseconds is given up and says so. */
export function examine(
  checks: readonly Check[],
  clock: Pick<Clock, 'after'>,
  within = 30_000,
): Promise<CheckReport[]> {
  return Promise.all(
    checks.map(async check => ({ name: check.name, findings: await inTime(found(check), clock, within) })),
  )
}

async function found(check: Check): Promise<readonly Finding[]> {
  try {
    return await check.run()
  } catch (error) {
    if (error instanceof PluginError) return [wrong(error.message, null)]
    throw error
  }
}

function inTime(
  findings: Promise<readonly Finding[]>,
  clock: Pick<Clock, 'after'>,
  within: number,
): Promise<readonly Finding[]> {
  const late = unknown(
    `This took longer than ${String(within / 1000)} seconds and was given up.`,
    'Run p3do doctor again when the machine is less busy.',
  )
  return new Promise((resolve, reject) => {
    const cancel = clock.after(within, () => {
      resolve([late])
    })
    findings.then(resolve, reject).finally(cancel)
  })
}
