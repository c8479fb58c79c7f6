// The journey in plain words: numbers of onions, folding, and what is said of a flood that does not finish.
import t from 'tap'
import { createNarrator, createOnionNumbers, type Line } from './demo-journey.js'
import type { Step } from './plugins.js'

const room = (name: string): string => `0123456789abcdef@conference.${name}.example`

// An onion that a speaks, b and c hear and speak again, and all ignore afterwards.
const flood: Step[] = [
  { time: 1, server: 'a', event: 'spoke', context: room('a'), onion: 'aa0001' },
  { time: 2, server: 'b', event: 'heard', context: room('a'), onion: 'aa0001' },
  { time: 3, server: 'c', event: 'heard', context: room('a'), onion: 'aa0001' },
  { time: 4, server: 'b', event: 'spoke', context: room('b'), onion: 'aa0001' },
  { time: 5, server: 'a', event: 'ignored', context: room('b'), onion: 'aa0001' },
  { time: 6, server: 'c', event: 'ignored', context: room('b'), onion: 'aa0001' },
  { time: 7, server: 'c', event: 'spoke', context: room('c'), onion: 'aa0001' },
  { time: 8, server: 'a', event: 'ignored', context: room('c'), onion: 'aa0001' },
  { time: 9, server: 'b', event: 'ignored', context: room('c'), onion: 'aa0001' },
]

function told(steps: readonly Step[], settleBefore = 0): Line[] {
  const lines: Line[] = []
  const narrator = createNarrator(createOnionNumbers(), line => lines.push(line))
  for (const step of steps) narrator.see(step)
  narrator.settle(settleBefore)
  return lines
}

t.test('a flood takes four lines, the last for all that repeats', async t => {
  const lines = told(flood)
  t.same(
    lines.map(({ time, server, onion }) => [time, server, onion]),
    [
      [1, 'a', 1],
      [2, 'b', 1],
      [3, 'c', 1],
      [9, null, 1],
    ],
  )
  t.match(lines[1]?.text, 'hears it in the room of a.example')
  t.equal(lines[3]?.text, 'b and c spoke it again; 4 copies were heard and ignored (seen before)')
})

t.test('a flood that lost cells is told when nothing comes any more, once', async t => {
  const lost = flood.filter(({ time }) => time < 6)
  t.equal(told(lost).length, 3, 'it may go on yet')
  t.equal(told(lost, 5).length, 3, 'something was added at that time')
  const last = told(lost, 6).at(-1)
  t.equal(last?.text, 'b spoke it again; 1 copy was heard and ignored (seen before)')
  t.equal(told(flood, 100).length, 4)
})

t.test('onions are numbered as they appear; an extra hop shows the onion that it makes', async t => {
  const hop = {
    time: 10,
    server: 'c',
    event: 'added hop',
    onion: 'bb0002',
    as: 'cc0003',
    context: room('b'),
  } as const
  const spoken = { time: 11, server: 'c', event: 'spoke', context: room('c'), onion: 'cc0003' } as const
  const lines = told([...flood, hop, spoken]).slice(4)
  t.match(lines, [
    { onion: 2, text: /extra hop.*the room of b\.example/u },
    { onion: 2, text: /^speaks it/u },
  ])
})

t.test('a layer that is opened tells the next server where the writer chose the route', async t => {
  const written = (route: string): Step => ({
    time: 0,
    server: 'a',
    event: 'written',
    by: 'Alice',
    to: 'Bob',
    route,
  })
  const opened: Step = {
    time: 4,
    server: 'c',
    event: 'peeled',
    onion: 'aa0001',
    layer: 'forward',
    key: 'server',
  }
  t.match(told([written('c.example b.example'), opened])[1]?.text, 'forward what is inside to b.example')
  t.match(told([written(''), opened])[1]?.text, 'forward what is inside to a server that it names')
  t.match(
    told([{ ...opened, layer: 'speak', key: 'context' }])[0]?.text,
    "its room's key: speak what is inside",
  )
})

t.test('steps that are no part of a journey are left out', async t => {
  t.same(told([{ time: 1, server: 'a', event: 'hears', context: room('b') }]), [])
})
