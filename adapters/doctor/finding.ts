// What a check finds, in words for the admin.

/** `unknown`: it could not be looked at; that is no mistake. */
export type Verdict = 'ok' | 'warning' | 'wrong' | 'unknown'

/** One thing that was looked at. */
export interface Finding {
  readonly verdict: Verdict
  /** One sentence, or two where an error names its fix itself. */
  readonly words: string
  /** What to do about it, a sentence; `null` where nothing is to be done, or `words` says it. */
  readonly fix: string | null
}

/** One of the things that `p3do doctor` looks at. What it throws is a finding as well. */
export interface Check {
  /** A few words, e.g. `component link`. */
  readonly name: string
  run(): Promise<readonly Finding[]>
}

/** A check with what it found. */
export interface CheckReport {
  readonly name: string
  readonly findings: readonly Finding[]
}

export function ok(words: string): Finding {
  return { verdict: 'ok', words, fix: null }
}

export function warning(words: string, fix: string): Finding {
  return { verdict: 'warning', words, fix }
}

export function wrong(words: string, fix: string | null): Finding {
  return { verdict: 'wrong', words, fix }
}

export function unknown(words: string, fix: string | null = null): Finding {
  return { verdict: 'unknown', words, fix }
}

/** For what can only be asked through the component link. */
export function noLink(): Finding {
  return unknown('This needs the component link.')
}
