// The watchdog's thread: looks whether the count of inputs still moves.
import { mkdirSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { workerData } from 'node:worker_threads'
import { headOctets, type WatchdogTask } from './watchdog.js'

const { shared, patience, folder } = workerData as WatchdogTask
const head = new Int32Array(shared, 0, headOctets / 4)
const octets = Buffer.from(shared, headOctets)
const stderr = 2

const nobody = new Int32Array(new SharedArrayBuffer(4))

for (;;) {
  const before = Atomics.load(head, 0)
  Atomics.wait(nobody, 0, 0, patience)
  if (before > 0 && Atomics.load(head, 0) === before) giveUp()
}

function giveUp(): never {
  const [, nameOctets = 0, length = 0] = head
  const name = octets.toString('latin1', 0, nameOctets)
  const input = Buffer.from(octets.subarray(nameOctets, nameOctets + length))
  const file = join(folder, name, `found-hang-${String(length)}`)
  mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(file, input)
  writeSync(stderr, `FOUND in ${name}: an input never comes back; kept as ${file}\n`)
  process.kill(process.pid, 'SIGKILL')
  throw new Error('The process is killed.')
}
