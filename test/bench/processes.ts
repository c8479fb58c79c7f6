// What processes use, as the kernel counts it (proc(5)).
import { readFile } from 'node:fs/promises'

const mega = 1_000_000
// sysconf(_SC_CLK_TCK) is 100 on every Linux that Node runs on.
const millisecondsPerTick = 10

/** Resident memory in MB. */
export async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return (Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * 1024) / mega
}

/** Processor time that they have used together, in milliseconds. */
export async function processorTime(pids: readonly number[]): Promise<number> {
  const texts = await Promise.all(pids.map(pid => readFile(`/proc/${pid}/stat`, 'utf8')))
  // utime and stime are the 12th and 13th fields behind the name, which may hold spaces itself.
  const ticks = texts.flatMap(text =>
    text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13),
  )
  return ticks.reduce((sum, field) => sum + Number(field), 0) * millisecondsPerTick
}
