// How the demo's lines look: aligned columns, at most a hundred characters, colour on a terminal only.
import type { Line } from './demo-journey.js'
import type { ServerName } from './network.js'

type Ink = 'dim' | 'bold' | 'cyan' | 'green' | 'yellow' | 'red'

/** Puts colour on a text, or does not. */
export type Paint = (ink: Ink, text: string) => string

const codes: Record<Ink, number> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 }
const inkOf: Record<ServerName, Ink> = { a: 'cyan', b: 'green', c: 'yellow' }
const width = 100

/** @param coloured whether whoever reads it is a terminal that shows colour */
export function createPaint(coloured: boolean): Paint {
  return (ink, text) => (coloured ? `\u001b[${String(codes[ink])}m${text}\u001b[0m` : text)
}

/** The head of the journey's columns. */
export const journeyHead = '    ms  server     onion  what happens'

/** One line of the journey; `start` is the time from which it counts. */
export function journeyLine(line: Line, start: number, paint: Paint): string {
  const time = paint('dim', String(line.time - start).padStart(6))
  const name = (line.server === null ? 'all' : `${line.server}.example`).padEnd(9)
  const server = line.server === null ? paint('dim', name) : paint(inkOf[line.server], name)
  const onion = String(line.onion ?? '').padStart(3)
  const text = printable(line.text)
  const toned = line.tone === 'loud' ? paint('bold', text) : line.tone === 'quiet' ? paint('dim', text) : text
  return `${time}  ${server}  ${onion}    ${toned}`
}

/** A label without colour and sentences beside it, folded at words. */
export function paragraph(label: string, text: string): string {
  const indent = 13
  const lines = ['']
  for (const word of printable(text).split(' ')) {
    const last = lines.at(-1) ?? ''
    if (indent + last.length + word.length < width)
      lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
    else lines.push(word)
  }
  return lines.map((line, number) => (number === 0 ? label : '').padEnd(indent) + line).join('\n')
}

// A terminal obeys control characters, and what clients show comes from outside.
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '?')
}
