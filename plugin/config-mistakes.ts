// Puts what is wrong with a configuration into one sentence: the key, what is allowed, what to do.
import type { BaseIssue } from 'valibot'
import { entriesOf, textOf } from './config-keys.js'
import { sections } from './config-schema.js'

/**
 * The first mistake in words. Values are never repeated: somebody may have put a secret where its file belongs.
 * `overridden` says which environment variable has set a key.
 */
export function firstMistake(
  issues: readonly BaseIssue<unknown>[],
  overridden: ReadonlyMap<string, string>,
): string {
  // An unknown key is most often a misspelt one, and the reason why another one is missing.
  const issue = issues.find(isUnknownKey) ?? issues[0]
  const path = issue?.path?.map(item => printable(String(item.key))) ?? []
  const [section = '', key = ''] = path
  if (issue !== undefined && isUnknownKey(issue)) return unknownKey(path)
  if (path.length === 0) return 'The configuration must be tables of keys, like [server].'
  if (key === '')
    return `[${section}] ${issue?.input === undefined ? 'is missing' : 'must be a table of keys'}; it looks like [${section}].`
  const name = overridden.get(`${section}.${key}`) ?? `${section}.${key}`
  const what = issue?.input === undefined && path.length === 2 ? 'is missing; it must be' : 'must be'
  return `${name} ${what} ${allowed(section, key)}.`
}

function isUnknownKey(issue: BaseIssue<unknown>): boolean {
  return issue.type === 'strict_object' && issue.expected === 'never'
}

// A quoted key of TOML may hold anything, and the sentence must stay one line.
function printable(name: string): string {
  return name.slice(0, 64).replace(/[^\x20-\x7e]/g, '?')
}

function unknownKey(path: readonly string[]): string {
  const wrong = path.join('.')
  const known = knownAt(path).map(name => [...path.slice(0, -1), name].join('.'))
  return `Unknown key ${wrong}; did you mean ${nearest(wrong, known)}? Known here: ${known.join(', ')}.`
}

function knownAt(path: readonly string[]): string[] {
  const [section = ''] = path
  if (path.length === 1) return Object.keys(sections)
  if (path.length === 2 && section in sections) return Object.keys(entriesOf(section))
  return ['domain', 'component', 'fingerprint']
}

function allowed(section: string, key: string): string {
  const schema = entriesOf(section)[key]
  return schema === undefined ? 'something else' : textOf(schema).allowed
}

/** The candidate that takes the fewest edits to reach; ties go to the first. */
export function nearest(word: string, candidates: readonly string[]): string {
  const byDistance = candidates.map(name => ({ name, distance: distance(word, name) }))
  return byDistance.reduce((best, next) => (next.distance < best.distance ? next : best)).name
}

// Levenshtein distance, one row at a time.
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [i, letter] of from.slice(0, 64).split('').entries()) {
    const next = [i + 1]
    for (let j = 0; j < to.length; j++) {
      const swap = (row[j] ?? 0) + (letter === to[j] ? 0 : 1)
      next.push(Math.min(swap, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
