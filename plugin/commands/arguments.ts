// The arguments of a command, read from its usage: how many words it takes, and what a form asks for.
import { parseDomain, parseUserAddress } from '../addresses.js'
import { FieldError, PluginError } from '../errors.js'
import { parseFingerprint } from '../fingerprint.js'
import type { CommandField, FilledIn } from '../ports.js'
import type { CommandText } from './command.js'

interface Argument {
  /** As in the usage, like `domain`, `client|hosted` or `--json`. */
  readonly name: string
  readonly required: boolean
  readonly several: boolean
}

/** Reads a usage, see `CommandText`. */
export function parseUsage(usage: string): readonly Argument[] {
  const parts = usage.split(' ').filter(part => part !== '')
  return parts.map(part => {
    const inner = part.slice(1, -1)
    const several = inner.endsWith('...')
    return { name: several ? inner.slice(0, -3) : inner, required: part.startsWith('<'), several }
  })
}

/** What a form asks for: the arguments, and what is asked nowhere else because chat would keep it. */
export function fieldsOf({
  usage,
  labels = {},
  lines,
  secrets = {},
  secretFiles = {},
}: CommandText): readonly CommandField[] {
  const asked = parseUsage(usage).map((argument): CommandField => ({
    name: argument.name,
    label: labels[argument.name] ?? labelOf(argument.name),
    kind: argument.name === lines ? 'lines' : kindOf(argument),
    choices: argument.name.includes('|') ? argument.name.split('|') : [],
    required: argument.required,
  }))
  return [...asked, ...hidden('secret-lines', secretFiles), ...hidden('secret', secrets)]
}

function hidden(
  kind: 'secret' | 'secret-lines',
  labels: Readonly<Record<string, string>>,
): readonly CommandField[] {
  return Object.entries(labels).map(([name, label]) => ({ name, label, kind, choices: [], required: false }))
}

function kindOf({ name, several }: Argument): CommandField['kind'] {
  if (several) return 'words'
  if (name.startsWith('--')) return 'flag'
  if (name.includes('|')) return 'choice'
  return name === 'address' || name === 'user' ? 'address' : 'text'
}

function labelOf(name: string): string {
  const words = name.replace(/^--/u, '').replaceAll('-', ' ').replaceAll('|', ' or ')
  return words.slice(0, 1).toUpperCase() + words.slice(1)
}

/** What a command is given. */
export interface Given {
  readonly words: readonly string[]
  readonly secrets: Readonly<Record<string, string>>
}

/** The words of a form that is filled in, judged as far as that goes without the command. @throws FieldError */
export function givenIn(fields: readonly CommandField[], filled: FilledIn): Given {
  const words: string[] = []
  let empty: CommandField | null = null
  for (const field of fields.filter(field => !isSecret(field))) {
    const own = wordsOf(field, filled.get(field.name) ?? [])
    if (own.length === 0 && field.required) throw wrong(field, 'fill this in.')
    // Words count by their place: one that is left out would make a later one mean something else.
    if (own.length > 0 && empty) throw wrong(empty, `fill this in too, or leave "${field.label}" empty.`)
    if (own.length === 0 && field.kind !== 'flag') empty ??= field
    words.push(...own)
  }
  const secrets = fields
    .filter(isSecret)
    .map(field => [field.name, secretOf(field, filled.get(field.name) ?? [])] as const)
  return { words, secrets: Object.fromEntries(secrets.filter(([, value]) => value !== '')) }
}

/** The words of a command as they were written in a row, each judged as the field of a form that it stands for. @throws FieldError */
export function wordsInARow(command: CommandText, written: readonly string[]): readonly string[] {
  const fields = fieldsOf(command).filter(field => !isSecret(field))
  return written.flatMap((word, at) => {
    const field = fields[Math.min(at, fields.length - 1)]
    return field ? wordInARow(field, word) : [word]
  })
}

function wordInARow(field: CommandField, word: string): readonly string[] {
  if (field.kind !== 'flag') return wordsOf(field, [field.kind === 'choice' ? word.toLowerCase() : word])
  if (word === field.name) return [word]
  throw wrong(field, `write ${field.name} or nothing.`)
}

function isSecret({ kind }: CommandField): boolean {
  return kind === 'secret' || kind === 'secret-lines'
}

const mostCharacters = 4096
const mostPasted = 32_768
const mostWords = 64

function wordsOf(field: CommandField, values: readonly string[]): readonly string[] {
  if (field.kind === 'lines') return pastedIn(field, values.join('\n'))
  const text = values.join(' ').trim()
  if (text.length > mostCharacters) throw wrong(field, `write at most ${String(mostCharacters)} characters.`)
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/u.test(text))
    throw wrong(field, 'remove what is no letter, digit or sign.')
  if (text === '') return []
  const words = field.name === 'fingerprint' ? [text.replace(/\s/gu, '')] : text.split(/\s+/u)
  if (words.length > (field.kind === 'words' ? mostWords : 1))
    throw wrong(
      field,
      field.kind === 'words' ? `write at most ${String(mostWords)} words.` : 'write one word.',
    )
  return field.kind === 'flag' ? flagOf(field, text) : words.map(word => parsed(field, word))
}

/** What was pasted as one word, none where it is empty. @throws FieldError */
export function pastedIn(
  { name, label }: Pick<CommandField, 'name' | 'label'>,
  pasted: string,
): readonly string[] {
  const text = pasted.trim()
  if (text.length > mostPasted)
    throw new FieldError(name, `${label}: paste at most ${String(mostPasted)} characters.`)
  return text === '' ? [] : [text]
}

// XEP-0004 s3.3: the lexical forms of a boolean.
function flagOf(field: CommandField, text: string): readonly string[] {
  if (['1', 'true'].includes(text)) return [field.name]
  if (['0', 'false'].includes(text)) return []
  throw wrong(field, 'answer true or false.')
}

const parsers: Readonly<Record<string, (word: string) => string>> = {
  address: parseUserAddress,
  user: parseUserAddress,
  domain: parseDomain,
  server: parseDomain,
  // As it is listed, or as other programs print it.
  fingerprint: word => parseFingerprint(word.length === 40 ? `04${word}` : word),
}

function parsed(field: CommandField, word: string): string {
  if (field.kind === 'choice' && !field.choices.includes(word))
    throw wrong(field, `choose one of ${field.choices.join(', ')}.`)
  // What is written in several words is judged where they are put together.
  const isWhole = field.kind !== 'words' || field.name === 'server'
  const parse = isWhole && Object.hasOwn(parsers, field.name) ? parsers[field.name] : undefined
  try {
    return parse ? parse(word) : word
  } catch (error) {
    if (error instanceof PluginError) throw wrong(field, error.message)
    throw error
  }
}

function secretOf(field: CommandField, values: readonly string[]): string {
  if (field.kind === 'secret-lines') return pastedIn(field, values.join('\n')).join('')
  const [value = '', ...others] = values
  if (others.length > 0 || value.length > mostCharacters || /\p{Cc}/u.test(value))
    throw wrong(field, `write one line of at most ${String(mostCharacters)} characters.`)
  return value
}

function wrong({ name, label }: CommandField, fix: string): FieldError {
  return new FieldError(name, `${label}: ${fix}`)
}
