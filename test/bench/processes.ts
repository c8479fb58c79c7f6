// What processes use, as the kernel counts it (proc(5)), and on which processors they run (taskset(1)).
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

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

/** Numbers of the processors that this process may use. */
export async function ownProcessors(): Promise<number[]> {
  const status = await readFile('/proc/self/status', 'utf8')
  const ranges = /^Cpus_allowed_list:\s+(\S+)$/m.exec(status)?.[1]?.split(',') ?? []
  return ranges.flatMap(range => {
    const [first = 0, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
}

/** Keeps processes, with all their threads, on one processor. */
export async function keepOn(processor: number, pids: readonly number[]): Promise<void> {
  for (const pid of pids) await promisify(execFile)('taskset', ['-acp', String(processor), String(pid)])
}
