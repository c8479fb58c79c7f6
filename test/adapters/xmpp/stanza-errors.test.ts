import t from 'tap'
import { conditions, errorAnswer, errorOf, isBug } from '../../../adapters/xmpp/stanza-errors.js'
import { xml } from '../../../adapters/xmpp/xml.js'
import { faults, PluginError, type ErrorCode } from '../../../plugin/errors.js'

const stanzas = 'urn:ietf:params:xml:ns:xmpp-stanzas'

t.test('every code has a condition of RFC 6120 and the message as text', t => {
  for (const code of Object.keys(faults) as ErrorCode[]) {
    const error = errorOf(new PluginError(code, 'Cause; fix.'))
    const named = conditions.filter(condition => error.getChild(condition, stanzas))
    t.equal(named.length, 1, code)
    t.match(error.attrs['type'], /^(auth|cancel|modify|wait)$/, code)
    t.equal(error.getChildText('text', stanzas), code === 'internal' ? null : 'Cause; fix.', code)
  }
  t.end()
})

t.test('what is not ours is an internal error without a word about it, and a bug', t => {
  for (const thrown of [
    new TypeError('detail'),
    'detail',
    undefined,
    new PluginError('internal', 'detail'),
  ]) {
    t.ok(isBug(thrown))
    const error = errorOf(thrown)
    t.ok(error.getChild('internal-server-error', stanzas))
    t.notMatch(error.toString(), 'detail')
  }
  t.notOk(isBug(new PluginError('queue-full', 'x')))
  t.end()
})

t.test('an answer goes back where the stanza came from, under its id, without its content', t => {
  const stanza = xml(
    'message',
    { from: 'a@a.example/x', to: 'p3do.a.example', id: '7', type: 'chat' },
    xml('body', {}, 'hello'),
  )
  const answer = errorAnswer(stanza, xml('error', { type: 'wait' }))
  t.same(answer.attrs, { type: 'error', id: '7', from: 'p3do.a.example', to: 'a@a.example/x' })
  t.equal(answer.getChild('body'), undefined)
  t.end()
})
