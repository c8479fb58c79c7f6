// Forms of commands and tables of their answers (XEP-0004).
import type { Element } from 'ltx'
import type { CommandField, FileAnswer, FilledIn, Listing, OfferedCommand } from '../../plugin/ports.js'
import { attribute, childElements, xml } from './xml.js'

const dataForms = 'jabber:x:data'

// XEP-0004 s3.3
const types: Readonly<Record<CommandField['kind'], string>> = {
  text: 'text-single',
  words: 'text-single',
  lines: 'text-multi',
  address: 'jid-single',
  choice: 'list-single',
  flag: 'boolean',
  secret: 'text-private',
  'secret-lines': 'text-multi',
}

/** The form of a command, with what was filled in before; secrets are never shown again. */
export function encodeForm({ title, help, fields }: OfferedCommand, filled: FilledIn): Element {
  const asked = fields.map(field => encodeField(field, filled.get(field.name) ?? []))
  return form('form', title, help, ...asked)
}

/** The warning of a command, beside what it would be done with. */
export function encodeWarning({ title, warning, fields }: OfferedCommand, filled: FilledIn): Element {
  const shown = fields.flatMap(field => {
    const values = isSecret(field) ? [] : (filled.get(field.name) ?? []).filter(value => value !== '')
    return values.length === 0 ? [] : [`${field.label}: ${values.join(' ')}`]
  })
  const fixed = shown.map(text => xml('field', { type: 'fixed' }, xml('value', {}, text)))
  return form('form', title, warning ?? '', ...fixed)
}

function form(type: 'form' | 'result', title: string, instructions: string, ...rest: Element[]): Element {
  const head = [
    xml('title', {}, title),
    ...(instructions === '' ? [] : [xml('instructions', {}, instructions)]),
  ]
  return xml('x', { xmlns: dataForms, type }, ...head, ...rest)
}

function isSecret({ kind }: CommandField): boolean {
  return kind === 'secret' || kind === 'secret-lines'
}

function encodeField(field: CommandField, values: readonly string[]): Element {
  const { name, label, kind, choices, required } = field
  const shown = isSecret(field) ? [] : values
  // Some clients choose the first of a list by themselves; what may be left out begins with nothing.
  const offered = kind === 'choice' && !required ? ['', ...choices] : choices
  return xml(
    'field',
    { var: name, type: types[kind], label },
    ...(required ? [xml('required')] : []),
    ...shown.map(value => xml('value', {}, value)),
    ...(shown.length === 0 && offered[0] === '' ? [xml('value')] : []),
    ...offered.map(choice =>
      xml('option', { label: choice === '' ? '-' : choice }, xml('value', {}, choice)),
    ),
  )
}

/** Values of a submitted form by its fields' names, the first of each name; `null` where it is no such form. */
export function parseForm(command: Element): FilledIn | null {
  const [submitted, ...others] = childElements(command).filter(child => child.is('x', dataForms))
  if (!submitted) return new Map()
  // XEP-0050 s3.5.1: one of type cancel counts as submitted.
  if (others.length > 0 || !['submit', 'cancel'].includes(attribute(submitted, 'type') ?? '')) return null
  const filled = new Map<string, readonly string[]>()
  for (const field of childElements(submitted).filter(child => child.is('field', dataForms))) {
    const name = attribute(field, 'var') ?? ''
    if (filled.has(name)) return null
    filled.set(name, valuesOf(field))
  }
  return filled
}

function valuesOf(field: Element): string[] {
  return childElements(field)
    .filter(child => child.is('value', dataForms))
    .map(value => value.getText())
}

/** A file as lines of text to save (XEP-0004 s3.3), the words beside it being a note. */
export function encodeFile(title: string, { label, file }: FileAnswer): Element {
  const lines = file.split('\n').map(line => xml('value', {}, line))
  return form('result', title, '', xml('field', { var: 'file', type: 'text-multi', label }, ...lines))
}

// What the link lets out: a cell is a field with a value, each of which counts with its attributes and its text.
const mostNodes = 1600
const nodesOfCell = 6

/** How many rows of so many columns a stanza holds. */
function rowsThatFit(columns: number): number {
  return Math.floor(mostNodes / (1 + columns * nodesOfCell))
}

/** A table (XEP-0004 s3.4), cut to what a stanza holds. */
export function encodeListing(title: string, { columns, rows }: Listing): Element {
  const reported = columns.map((label, at) => xml('field', { var: nameOf(at), type: 'text-single', label }))
  const items = rows.slice(0, rowsThatFit(columns.length)).map(row => {
    const cells = row.map((value, at) => xml('field', { var: nameOf(at) }, xml('value', {}, value)))
    return xml('item', {}, ...cells)
  })
  return form('result', title, '', xml('reported', {}, ...reported), ...items)
}

function nameOf(column: number): string {
  return `column-${String(column + 1)}`
}
