// A set of names: what was added is there and nothing else, however it grew and wherever names lie.
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { systemRandom } from '../../../adapters/random.js'
import { createNameSet } from '../../../plugin/mor/name-set.js'

t.test('it agrees with a set of strings', t => {
  // Few different octets, so that names meet again, and lie beside each other.
  const name = fc.uint8Array({ minLength: 16, maxLength: 16, max: 1 })
  fc.assert(
    fc.property(fc.array(name, { maxLength: 300 }), names => {
      const set = createNameSet(systemRandom)
      const strings = new Set<string>()
      for (const octets of names.map(item => Buffer.from(item))) {
        if (octets.every(octet => octet === 0)) continue
        const isNew = !strings.has(octets.toString('hex'))
        strings.add(octets.toString('hex'))
        if (set.has(octets) === isNew || set.add(octets) !== isNew || !set.has(octets)) return false
      }
      return set.size === strings.size
    }),
  )
  t.pass('holds')
  t.end()
})

t.test('a hundred thousand names are all there, and no others', t => {
  const set = createNameSet(systemRandom)
  const names = Array.from({ length: 100_000 }, () => randomBytes(16))
  t.ok(names.every(name => set.add(name)))
  t.equal(set.size, names.length)
  t.ok(names.every(name => set.has(name) && !set.add(name)))
  t.notOk(names.some(() => set.has(randomBytes(16))))
  t.end()
})

t.test('names that differ in one word only lie far apart', t => {
  const set = createNameSet(systemRandom)
  const start = process.cpuUsage()
  for (let word = 0; word < 4; word++) {
    for (let value = 1; value <= 50_000; value++) {
      const name = Buffer.alloc(16)
      name.writeUInt32LE(value, 4 * word)
      set.add(name)
    }
  }
  t.equal(set.size, 200_000)
  // In one heap, each would be compared with all before it: minutes.
  t.ok(process.cpuUsage(start).user < 20_000_000)
  t.end()
})

t.test('the name of zeros is taken too', t => {
  const set = createNameSet(systemRandom)
  t.ok(set.add(Buffer.alloc(16)))
  t.ok(set.has(Buffer.alloc(16)))
  t.notOk(set.add(Buffer.alloc(16)))
  t.end()
})
