// The benchmark as a program: what it writes, and which exit code it has.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createOutputRecord } from '../lab/program-output.js'
import { main } from './program.js'
import { bounded, compared, renderTable, type Row } from './report.js'
import { median } from './rounds.js'

t.test('one round of the codec is an array of rows, two for each piece of work', async t => {
  const file = join(t.testdir(), 'bench.json')
  const output = createOutputRecord()
  const code = await main(['--only', 'layer', '--rounds', '1', '--json', file], output)
  const rows = JSON.parse(await readFile(file, 'utf8')) as Row[]
  t.same(
    rows.map(({ name, against }) => [name, against]),
    ['build a layer', 'open a layer', 'trial of a foreign onion'].flatMap(name => [
      [name, 'OpenPGP.js'],
      [name, 'bare node:crypto'],
    ]),
  )
  for (const row of rows) {
    t.same(Object.keys(row), ['name', 'value', 'unit', 'against', 'ratio', 'goal', 'ok'])
    t.ok(row.value > 0 && row.ratio !== null && row.ratio > 0, `${row.name} was measured`)
  }
  t.equal(code, rows.every(({ ok }) => ok) ? 0 : 1)
  t.match(output.results, /build a layer +[\d.]+ {2}layers\/s +OpenPGP\.js/)
})

t.test('a wrong option shows the usage and changes nothing', async t => {
  const output = createOutputRecord()
  for (const args of [['--only', 'nothing'], ['--rounds', '0'], ['--unknown'], ['--json']])
    t.equal(await main(args, output), 2, args.join(' '))
  t.match(output.notes, /Usage: npm run bench/)
})

t.test('a goal is a least ratio beside another, and a largest value alone', async t => {
  t.equal(compared(['work', 80, '/s'], ['other', 100], 0.8).ok, true)
  t.equal(compared(['work', 79, '/s'], ['other', 100], 0.8).ok, false)
  t.equal(bounded('heap', 150, 'MB', 150).ok, true)
  t.equal(bounded('heap', 151, 'MB', 150).ok, false)
  t.equal(bounded('heap', 151, 'MB', null).ok, true)
  t.match(renderTable([bounded('heap', 151, 'MB', 150)]), /heap +151 +MB +<= 150 +MISSED\n$/)
})

t.test('the median is the middle one, or lies between the two in the middle', async t => {
  t.equal(median([3, 1, 2]), 2)
  t.equal(median([4, 1, 3, 2]), 2.5)
})
