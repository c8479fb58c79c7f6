// The fault runner as a program: its options, what it writes, and that it finds what must not be.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createOutputRecord } from '../lab/program-output.js'
import { createBook } from './book.js'
import { createChance } from './chance.js'
import { main } from './program.js'
import { isWell, reportOf, type Figures } from './report.js'
import { drawSchedule } from './schedule.js'

const [alice, bob] = ['alice@a.example', 'bob@b.example']
const facts = {
  world: 'memory',
  seed: 1,
  faults: 0,
  seconds: 1,
  waiting: 0,
  leastAcknowledged: 0,
} as const

t.test('a run of few messages writes its figures, with exit code 0', async t => {
  const from = t.testdir()
  const begun = { from, begin: <World>(start: () => Promise<World>) => start(), output: createOutputRecord() }
  const few = ['--world', 'memory', '--messages', '6', '--faults', '3', '--seed', '9', '--json', 'out.json']
  t.equal(await main(few, begun), 0)
  const figures = JSON.parse(await readFile(join(from, 'out.json'), 'utf8')) as Figures
  const wanted = { messages: 6, faults: 3, acknowledged: 6, lost: 0, duplicated: 0, reordered: 0 }
  t.match(figures, wanted)
})

t.test(
  'a tenth of all cells lost and a server of the routes down: all but one in a thousand are acknowledged',
  async t => {
    const lossy = '--world memory --scenario lossy --messages 40 --faults 8 --seed 3'.split(' ')
    t.equal(
      await main(lossy, { from: t.testdir(), begin: start => start(), output: createOutputRecord() }),
      0,
    )
  },
)

t.test('where more are given up than may be, it is not well, though every sender knows', t => {
  const book = createBook(1)
  const written = Array.from({ length: 1000 }, () => book.write(alice, bob))
  for (const { id } of written) book.accepted(id)
  for (const { body } of written) book.shown(bob, alice, body)
  const [first = '', second = ''] = written.map(({ id }) => id)
  const asked = { ...facts, leastAcknowledged: 0.999 }
  book.failed(first, 'not-acknowledged')
  t.ok(isWell(reportOf(book, asked)))
  book.failed(second, 'not-acknowledged')
  t.notOk(isWell(reportOf(book, asked)))
  t.end()
})

t.test('a long message that is shown shorter is found', t => {
  const book = createBook(1)
  const bodies = Array.from({ length: 10 }, () => book.write(alice, bob).body)
  const long = bodies.find(body => body.length > 4000) ?? ''
  book.shown(bob, alice, long.slice(0, -1))
  t.equal(book.wrongs.length, 1)
  t.end()
})

t.test('a wrong option shows the usage, with exit code 2', async t => {
  const output = createOutputRecord()
  const begin = () => Promise.reject(new Error('Nothing is to be started.'))
  for (const args of [
    ['--world', 'flat'],
    ['--ejabberd', 'a,d'],
    ['--seed', 'x'],
    ['--messages', '0'],
    ['--unknown'],
    ['--json'],
  ])
    t.equal(await main(args, { from: '.', begin, output }), 2, args.join(' '))
  t.match(output.notes, /npm run test:faults -- /)
})

t.test('what is lost, shown twice, out of order, or shown to somebody else is found', async t => {
  const book = createBook(1)
  const [one = '', two = '', lost = ''] = ['1', '2', '3'].map(() => book.write(alice, bob).id)
  for (const body of [one, two, lost]) book.accepted(body)
  t.same(book.missing(), [one, two, lost])
  book.shown(bob, alice, two)
  book.shown(bob, alice, one)
  book.shown(bob, alice, one)
  t.match(book.summary, { accepted: 3, lost: 1, duplicated: 1, reordered: 1 })
  t.same(book.wrongs, [])
  book.shown(alice, bob, lost)
  t.equal(book.wrongs.length, 1)
  t.notOk(isWell(reportOf(book, facts)))
})

t.test(
  'a message whose sender knows is not lost, but must not come after all when it was not taken',
  async t => {
    const book = createBook(1)
    const [refused = '', late = '', failed = ''] = ['1', '2', '3'].map(() => book.write(alice, bob).id)
    book.refused(refused, 'route-unreachable')
    book.accepted(late)
    book.failed(late, 'not-acknowledged')
    book.accepted(failed)
    book.failed(failed, 'recipient-untrusted')
    book.shown(bob, alice, late)
    t.match(book.summary, { lost: 0, refused: 1, failed: 2, arrivedAllTheSame: 1 })
    t.ok(isWell(reportOf(book, facts)))
    book.shown(bob, alice, refused)
    t.notOk(isWell(reportOf(book, facts)))
  },
)

t.test('what lies on disk and was never shown is lost, where no single message is known', async t => {
  const book = createBook(1)
  book.shown(bob, alice, book.write(alice, bob).body)
  book.write(alice, bob)
  book.onDisk(alice, { accepted: 3, waiting: 1 })
  t.match(book.summary, { accepted: 3, lost: 1 })
})

t.test('a seed gives the same schedule again, with every kind', async t => {
  const kinds = ['kill', 'cut', 'split', 'jump', 'flood', 'loss'] as const
  const asked = {
    kinds,
    servers: ['a', 'b', 'c'],
    floods: ['c'],
    users: [alice, bob],
    messages: 20,
    faults: 12,
  }
  const draw = (seed: number) =>
    drawSchedule({ ...asked, pause: 1000, shortest: 100, longest: 2000 }, createChance(seed))
  t.same(draw(4), draw(4))
  t.notSame(draw(4), draw(5))
  const begun = draw(4).flatMap(event => (event.what === 'begin' ? [event.fault.kind] : []))
  t.same([...new Set(begun)].sort(), [...kinds].sort())
  t.equal(begun.length, 12)
})
