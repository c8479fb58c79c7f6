// How lines look on paper and on a terminal.
import t from 'tap'
import { createPaint, journeyHead, journeyLine, paragraph } from './demo-paper.js'

const plain = createPaint(false)
const line = { time: 1042, server: 'c', onion: 2, text: 'speaks it', tone: 'plain' } as const

t.test('columns stand below their heads, whoever did it', async t => {
  for (const server of ['c', null] as const) {
    const text = journeyLine({ ...line, server }, 1000, plain)
    t.equal(text.indexOf('speaks'), journeyHead.indexOf('what'))
    t.equal(text.indexOf('42') + 2, journeyHead.indexOf('ms') + 2)
  }
})

t.test('colour is for terminals only', async t => {
  t.notMatch(journeyLine(line, 1000, plain), '\u001b')
  t.match(journeyLine(line, 1000, createPaint(true)), '\u001b[33mc.example\u001b[0m')
})

t.test('control characters of a message never reach the terminal', async t => {
  t.match(journeyLine({ ...line, text: 'a\u001b[2Jb\nc' }, 1000, plain), /a\?\[2Jb\?c$/u)
  t.notMatch(paragraph('', 'a\u0007b'), '\u0007')
})

t.test('a paragraph is folded at words and stays within its width', async t => {
  const words = Array.from({ length: 60 }, (_, number) => `word${String(number)}`)
  const lines = paragraph('  knows', words.join(' ')).split('\n')
  t.ok(lines.length > 3 && lines.every(({ length }) => length <= 100))
  t.same(lines.join(' ').trim().split(/\s+/u), ['knows', ...words])
})
