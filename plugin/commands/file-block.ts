// A file inside an answer: base64 between two lines, which chat can carry and the command line writes to disk.
import type { FileAnswer } from '../ports.js'

const lineLength = 64

/** An answer with a file, in lines: words before it, the file, and words behind it. */
export function answerWithFile(
  label: string,
  before: readonly string[],
  file: string,
  ...after: readonly string[]
): FileAnswer {
  const lines = file.trimEnd()
  return {
    text: [...before, lines, ...after].join('\n'),
    words: [...before, ...after].join('\n'),
    label,
    file: lines,
  }
}

/** Lines that hold the octets; `label` says what they are, in capitals. */
export function encodeFileBlock(label: string, octets: Buffer): string {
  const lines = octets.toString('base64').match(new RegExp(`.{1,${lineLength}}`, 'g')) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`].join('\n')
}

/** The first file in an answer and the words around it; `null` where there is none. */
export function takeFileBlock(text: string): { readonly octets: Buffer; readonly words: string } | null {
  const found = /-----BEGIN ([A-Z0-9 ]+)-----\n([A-Za-z0-9+/=\n]+)\n-----END \1-----\n?/.exec(text)
  if (!found) return null
  const [block, , base64 = ''] = found
  return { octets: Buffer.from(base64, 'base64'), words: text.replace(block, '') }
}
