import t from 'tap'
import { defaultShape, isStanza, isWithinShape } from '../../../adapters/xmpp/stanza-guard.js'
import { xml } from '../../../adapters/xmpp/xml.js'

function nested(levels: number) {
  const top = xml('message')
  let inner = top
  for (let level = 1; level < levels; level++) inner = inner.c('a')
  return top
}

t.test('32 levels are within the limits, 33 are not', t => {
  t.ok(isWithinShape(nested(32), defaultShape))
  t.notOk(isWithinShape(nested(33), defaultShape))
  t.notOk(isWithinShape(nested(100_000), { depth: Infinity, nodes: 2000 }), 'and no depth harms')
  t.end()
})

t.test('elements, texts and attributes count, up to 2,000', t => {
  const wide = (children: number) => xml('message', {}, ...new Array<string>(children).fill('x'))
  t.ok(isWithinShape(wide(1999), defaultShape))
  t.notOk(isWithinShape(wide(2000), defaultShape))
  const inner = xml('a', Object.fromEntries(Array.from({ length: 1997 }, (_, at) => [`a${String(at)}`, 'x'])))
  t.ok(isWithinShape(xml('message', {}, inner), defaultShape))
  t.notOk(isWithinShape(xml('message', { to: 'x' }, inner), defaultShape))
  t.end()
})

t.test('only the three stanzas of the stream namespace are stanzas', t => {
  for (const name of ['iq', 'message', 'presence']) {
    t.ok(isStanza(xml(name)))
    t.ok(isStanza(xml(name, { xmlns: 'jabber:component:accept' })))
    t.notOk(isStanza(xml(name, { xmlns: 'jabber:client' })))
    t.notOk(isStanza(xml(`x:${name}`, { 'xmlns:x': 'jabber:component:accept' })))
  }
  t.notOk(isStanza(xml('handshake')))
  t.end()
})
