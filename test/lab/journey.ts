// Reads the journey file of a plugin as it grows.
import { closeSync, openSync, readSync } from 'node:fs'

const pollEvery = 20
const chunk = Buffer.alloc(65_536)

/** Calls for each line that is there or comes; the file may not exist yet. Returns what ends it. */
export function followJourney(file: string, see: (step: Record<string, unknown>) => void): () => void {
  let position = 0
  let rest = ''
  const look = (): void => {
    for (let text = readFrom(file, position); text.length > 0; text = readFrom(file, position)) {
      position += Buffer.byteLength(text)
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) see(JSON.parse(line) as Record<string, unknown>)
    }
  }
  const timer = setInterval(look, pollEvery)
  return () => {
    clearInterval(timer)
    look()
  }
}

// Journeys are ASCII, so that no character is split between two reads.
function readFrom(file: string, position: number): string {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch {
    return '' // not made yet
  }
  const length = readSync(descriptor, chunk, 0, chunk.length, position)
  closeSync(descriptor)
  return chunk.toString('latin1', 0, length)
}
