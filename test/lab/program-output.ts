// Where a program of the laboratory writes.

export interface ProgramOutput {
  /** What it was asked for. */
  result(text: string): void
  /** How far it is, and what is wrong. */
  note(text: string): void
}

/** That of this process. */
export const processOutput: ProgramOutput = {
  result: text => void process.stdout.write(text),
  note: text => void process.stderr.write(text),
}

/** Keeps what is written, for tests. */
export function createOutputRecord(): ProgramOutput & { readonly results: string; readonly notes: string } {
  let [results, notes] = ['', '']
  return {
    result: text => void (results += text),
    note: text => void (notes += text),
    get results() {
      return results
    },
    get notes() {
      return notes
    },
  }
}
