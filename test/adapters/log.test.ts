// The log: JSON lines, text on a terminal, and what never gets into either.
import t from 'tap'
import { createLog } from '../../adapters/log.js'

function capture(isTTY: boolean, level = 'info') {
  const lines: string[] = []
  const log = createLog(level, { isTTY, write: line => lines.push(line) })
  return { log, lines }
}

t.test('without a terminal each line is JSON', async t => {
  const { log, lines } = capture(false)
  log.info({ rooms: 2 }, 'joined')
  t.match(JSON.parse(lines[0] ?? ''), { level: 'info', rooms: 2, msg: 'joined', time: /^\d{4}-.*Z$/ })
})

t.test('on a terminal each line is text', async t => {
  const { log, lines } = capture(true)
  log.warn({ rooms: 2 }, 'away')
  t.match(lines[0], /^\d\d:\d\d:\d\d\.\d{3} warn {2}away rooms=2\n$/)
})

t.test('what is below the level is not written', async t => {
  const { log, lines } = capture(false, 'warn')
  log.info({}, 'small')
  log.debug({}, 'smaller')
  log.error({}, 'large')
  t.equal(lines.length, 1)
})

t.test('fields with the name of a secret or an address are hidden', async t => {
  const { log, lines } = capture(false)
  log.info({ secret: 'hidden-1', link: { password: 'hidden-2', from: 'hidden-3' } }, 'x')
  t.notMatch(lines[0], /hidden-\d/)
})

t.test('a control character does not reach the terminal', async t => {
  const { log, lines } = capture(true)
  log.info({ name: '\u001b[2J' }, 'clear \u001b[2J\u0007 or\nnew line')
  t.notMatch(lines[0]?.slice(0, -1), /\p{Cc}/u)
})

t.test('an error is written with its message', async t => {
  const { log, lines } = capture(false)
  log.error({ error: new Error('broken pipe') }, 'failed')
  t.match(lines[0], 'broken pipe')
})
