// What was made so far, so that it can be taken away again.
import { mkdir, rm } from 'node:fs/promises'

export interface Undo {
  /** Makes a folder for its owner only, with those above it; one that an interrupted attempt left is emptied first. */
  makeFolder(path: string): Promise<void>
  /** Notes what is about to be made and was not there. */
  add(path: string): void
  /** Removes everything that was noted, the latest first. */
  all(): Promise<void>
}

export function createUndo(): Undo {
  const made: string[] = []
  return {
    async makeFolder(path) {
      await rm(path, { recursive: true, force: true })
      // The topmost one that was missing.
      const first = await mkdir(path, { recursive: true, mode: 0o700 })
      made.push(first ?? path)
    },
    add: path => void made.push(path),
    async all() {
      for (const path of made.reverse()) await rm(path, { recursive: true, force: true })
    },
  }
}
