import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import {
  contactAddress,
  escapeLocalpart,
  parseTalk,
  unescapeLocalpart,
} from '../../../adapters/xmpp/escaping.js'
import { parseUserAddress } from '../../../plugin/addresses.js'

type Pair = readonly [text: string, localpart: string]

function readVectors(name: string): unknown {
  return JSON.parse(readFileSync(`test/vectors/jid-escaping/${name}.json`, 'utf8'))
}

t.test('every vector escapes and unescapes exactly', t => {
  for (const [text, localpart] of readVectors('valid') as Pair[]) {
    t.equal(escapeLocalpart(text), localpart)
    t.equal(unescapeLocalpart(localpart), text)
  }
  t.end()
})

t.test('whatever can be escaped comes back, without a forbidden character on the way', t => {
  const text = fc
    .string({ unit: fc.constantFrom(...Array.from('\\\\\\ "&\'/:<>@0234567abcdefä')) })
    .filter(text => text.trim() === text)
  fc.assert(
    fc.property(text, text => {
      const localpart = escapeLocalpart(text)
      return unescapeLocalpart(localpart) === text && !/[ "&'/:<>@]/.test(localpart)
    }),
    { numRuns: 2000 },
  )
  t.pass('it holds')
  t.end()
})

t.test('capital hex digits are understood, since a host may not normalise', t => {
  t.equal(unescapeLocalpart('a\\3Ab\\5C'), 'a:b\\')
  t.equal(escapeLocalpart('\\3A'), '\\5c3A')
  t.end()
})

t.test('a space at either end is refused', t => {
  for (const text of [' a', 'a ', ' ']) t.throws(() => escapeLocalpart(text), { code: 'bad-format' })
  t.end()
})

t.test('contacts: each address has one localpart, and others stand for nobody', t => {
  const { valid, invalid } = readVectors('contacts') as { valid: Pair[]; invalid: string[] }
  for (const [address, localpart] of valid) {
    t.equal(contactAddress(parseUserAddress(address), 'p3do.a.example'), `${localpart}@p3do.a.example`)
    t.same(parseTalk(localpart), { contact: address, pseudonym: null })
  }
  for (const localpart of invalid) t.throws(() => parseTalk(localpart), { code: 'bad-format' }, localpart)
  t.end()
})

t.test('behind the last "+" stands the pseudonym that talks to the contact', t => {
  const fox = parseUserAddress('fox@p3do.a.example')
  const talks = {
    'bob@b.example': 'bob\\40b.example+fox',
    'bob+x@b.example': 'bob+x\\40b.example+fox',
    'b+o+b@b.example': 'b+o+b\\40b.example+fox',
  }
  for (const [address, localpart] of Object.entries(talks)) {
    const contact = parseUserAddress(address)
    t.equal(contactAddress(contact, 'p3do.a.example', fox), `${localpart}@p3do.a.example`)
    t.same(parseTalk(localpart), { contact, pseudonym: 'fox' })
  }
  const plain = parseTalk('bob+x\\40b.example')
  t.same(plain, { contact: 'bob+x@b.example', pseudonym: null })
  for (const nobody of [
    'fox',
    'bob+fox',
    '+fox',
    'bob\\40b.example+',
    'bob\\40b.example+fox+',
    'bob\\40b.example++fox',
  ])
    t.throws(() => parseTalk(nobody), { code: 'bad-format' }, nobody)
  t.end()
})
