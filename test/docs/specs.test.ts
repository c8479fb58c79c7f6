// Every specification that the code cites is listed, and every section of our own protocol that it cites exists.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { checkout } from '../lab/checkout.js'

const root = checkout()
const sources = ['plugin', 'adapters', 'migrations'].flatMap(folder =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .map(file => ({ file: join(folder, file), text: readFileSync(join(root, folder, file), 'utf8') })),
)

t.test('cited specifications are in docs/specs.tsv', async t => {
  const listed = new Set(
    readFileSync(join(root, 'docs/specs.tsv'), 'utf8')
      .split('\n')
      .map(line => line.split('\t')[0]),
  )
  const cited = sources.flatMap(({ file, text }) =>
    [...text.matchAll(/\b(?:RFC \d+|XEP-\d{4})\b/gu)].map(([name]) => ({ file, name })),
  )
  t.ok(cited.length > 100)
  t.same(
    cited.filter(({ name }) => !listed.has(name)),
    [],
  )
  const names = new Set(cited.map(({ name }) => name))
  t.same(
    [...listed].filter(name => name !== '' && name !== 'number' && !names.has(name ?? '')),
    [],
    'and nothing else is listed',
  )
})

t.test('cited sections of the protocol exist', async t => {
  const headings = readFileSync(join(root, 'docs/protocol.md'), 'utf8').matchAll(/^#+ ([\d.]+?)\.? /gmu)
  const sections = new Set([...headings].map(([, number]) => number))
  const cited = sources.flatMap(({ file, text }) =>
    [...text.matchAll(/PROTO ((?:s\d+(?:\.\d+)*(?:, )?)+)/gu)].flatMap(([, list = '']) =>
      [...list.matchAll(/s([\d.]+\d|\d)/gu)].map(([, section]) => ({ file, section })),
    ),
  )
  t.ok(cited.length > 20)
  t.same(
    cited.filter(({ section }) => !sections.has(section)),
    [],
  )
})
