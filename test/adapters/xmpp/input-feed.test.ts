import t from 'tap'
import { createInputFeed } from '../../../adapters/xmpp/input-feed.js'
import { createVirtualClock } from '../../_virtual-clock.js'

t.test('a long text in small reads is copied a few times at most', t => {
  const clock = createVirtualClock()
  let parsed = 0
  let copied = 0
  const parse = (text: string) => {
    parsed += text.length
    copied += parsed
  }
  const feed = createInputFeed(500_000, clock, parse, () => t.fail('too long'))
  for (let read = 0; read < 4000; read++) feed.push('x'.repeat(100))
  clock.advance(5)
  t.equal(parsed, 400_000)
  t.ok(copied < 20 * parsed, `${String(copied)} characters were copied`)
  t.end()
})

t.test('what waits is parsed 5 ms later, and not after a stop', t => {
  const clock = createVirtualClock()
  let parsed = ''
  const feed = createInputFeed(
    500_000,
    clock,
    text => (parsed += text),
    () => t.fail('too long'),
  )
  feed.push('x'.repeat(100_000))
  feed.push('y')
  t.equal(parsed.length, 100_000)
  clock.advance(5)
  t.equal(parsed.length, 100_001)
  feed.push('z')
  feed.stop()
  clock.advance(5)
  t.equal(parsed.length, 100_001)
  t.end()
})

t.test('the count begins anew with each stanza', t => {
  const clock = createVirtualClock()
  let tooLong = 0
  const feed = createInputFeed(
    1000,
    clock,
    text => {
      if (text.includes('>')) feed.finished()
    },
    () => tooLong++,
  )
  feed.push('x'.repeat(900) + '>')
  feed.push('x'.repeat(900) + '>')
  t.equal(tooLong, 0)
  feed.push('x'.repeat(500))
  feed.push('x'.repeat(501))
  t.equal(tooLong, 1)
  t.end()
})
