// A program's clock that is set wrong while it runs: Debian's libfaketime in front of the C library (faketime(1)).
import { existsSync } from 'node:fs'
import { readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ensureDebian } from './debian-packages.js'

export interface FakedClock {
  /** Environment in which the program is started. */
  readonly environment: Readonly<Record<string, string>>
  /** Sets the clock to be wrong by so many milliseconds; the program sees it after a second. Its timers go on as they were. */
  set(wrong: number): Promise<void>
}

/** A clock that is right at first. It is steered through that file. */
export async function createFakedClock(file: string): Promise<FakedClock> {
  const libraries = join(await ensureDebian(['libfaketime']), 'usr/lib')
  const triplet = (await readdir(libraries)).find(name => name.endsWith('-linux-gnu')) ?? ''
  const set = async (wrong: number): Promise<void> => {
    const seconds = (wrong / 1000).toFixed(3)
    await writeFile(`${file}.draft`, `${wrong < 0 ? '' : '+'}${seconds}\n`)
    await rename(`${file}.draft`, file)
  }
  await set(0)
  return {
    environment: {
      LD_PRELOAD: join(libraries, triplet, 'faketime/libfaketimeMT.so.1'),
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_CACHE_DURATION: '1',
      // Timers run on CLOCK_MONOTONIC, which nobody sets; times of files belong to the machine.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    },
    set,
  }
}

const sharedMemory = '/dev/shm'

/** Removes what programs with such a clock leave in shared memory when they are killed. */
export async function removeLeftClocks(): Promise<void> {
  for (const name of await readdir(sharedMemory)) {
    const [, pid] = /^(?:sem\.faketime_sem|faketime_shm)_(\d+)$/.exec(name) ?? []
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) await rm(join(sharedMemory, name), { force: true })
  }
}
