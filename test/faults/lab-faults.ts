// Cells that get lost or are spoken off the clock on the real network, and what its servers saw of frames (mod_lab_faults.lua).
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Book } from './book.js'
import type { Letter } from './fault.js'

export interface LabFaults {
  /** Listeners everywhere miss this share of all cells from now on. */
  lose(share: number): Promise<void>
  /** That server's speakers say these frames at once, where they are. */
  flood(server: Letter, frames: readonly string[]): Promise<void>
  /** Tells the book what was seen since the start of each server that must not be. */
  look(): Promise<void>
  /** Tells the book where the servers saw no frame, lost none or said none off the clock that should be: then nothing was tested. */
  finish(): void
}

/** What one server saw since its start, as it writes it to `frames.json`. */
interface Seen {
  /** By the address of the room; times in seconds. */
  readonly contexts: Readonly<Record<string, Said>>
  readonly readable: number
  readonly lengths: number
  readonly lost: number
  readonly flooded: number
}

interface Said {
  readonly first: number
  readonly last: number
  readonly count: number
}

// What stood still when the server looked for the first time, and speakers that start anew with a beat of their own.
const spare = 5000
const tolerance = 1.01

/** @param folders of the servers; `interval` milliseconds between the cells of a context */
export function createLabFaults(
  folders: ReadonlyMap<Letter, string>,
  book: Book,
  interval: number,
): LabFaults {
  let isLossy = false
  let lost = 0
  const flooding = new Map<Letter, boolean>()
  const watched = new Set<Letter>()
  return {
    async lose(share) {
      if (share > 0) isLossy = true
      for (const folder of folders.values()) await put(folder, 'loss', String(share))
    },
    async flood(server, frames) {
      // A plugin that does not run has no key to flood with.
      if (frames.length === 0) return
      flooding.set(server, flooding.get(server) ?? false)
      await put(folders.get(server) ?? '', 'flood', frames.join('\n'))
    },
    async look() {
      for (const [letter, folder] of folders) {
        const seen = await readSeen(join(folder, 'frames.json'))
        if (seen === null) continue
        judge(seen, book, interval)
        lost = Math.max(lost, seen.lost)
        if (seen.flooded > 0) flooding.set(letter, true)
        if (Object.keys(seen.contexts).length > 0) watched.add(letter)
      }
    },
    finish() {
      for (const letter of folders.keys())
        if (!watched.has(letter)) book.wrong(`The server ${letter} saw no frame.`)
      for (const [letter, hasFlooded] of flooding)
        if (!hasFlooded) book.wrong(`The server ${letter} said nothing off its clock where it should flood.`)
      if (isLossy && lost === 0) book.wrong('No cell was lost where some should be.')
    },
  }
}

function judge({ contexts, readable, lengths }: Seen, book: Book, interval: number): void {
  if (readable > 0) book.wrong('What passes between servers can be read.')
  if (lengths > 0) book.wrong('A frame has another length.')
  // What waited in a link that stood still comes at once: over all its time, a context never says more than its clock allows.
  for (const { first, last, count } of Object.values(contexts))
    if (count * interval > tolerance * (last - first) * 1000 + spare)
      book.wrong('A context says more than its clock allows.')
}

// Whole or not at all: the server may look at any moment.
async function put(folder: string, name: string, text: string): Promise<void> {
  const file = join(folder, name)
  await writeFile(`${file}.draft`, text)
  await rename(`${file}.draft`, file)
}

// A server that started a moment ago has not written anything yet.
async function readSeen(file: string): Promise<Seen | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Seen
  } catch {
    return null
  }
}
