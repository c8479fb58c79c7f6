// Sealing at rest: opens under the same key and label only, and not when anything was changed.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { createSealer } from '../../plugin/sealer.js'

const key = randomBytes(32)
const sealer = createSealer(key)
const refusal = { name: 'PluginError', code: 'secret-missing', message: /secrets\.seal/ }

t.test('what was sealed comes out, also after a restart with the same key', async t => {
  for (const length of [0, 1, 100, 5000]) {
    const plaintext = randomBytes(length)
    t.same(createSealer(key).unseal('label', sealer.seal('label', plaintext)), plaintext)
  }
})

t.test('the sealed octets hold nothing of the plaintext and never look the same', async t => {
  const plaintext = Buffer.alloc(64, 'secret words ')
  const [one, other] = [sealer.seal('label', plaintext), sealer.seal('label', plaintext)]
  t.notOk(one.includes(plaintext.subarray(0, 8)))
  t.notOk(one.equals(other))
  t.notOk(one.subarray(12, 40).equals(other.subarray(12, 40)))
})

t.test('another key or another label: refused, and the error says what to do', async t => {
  const sealed = sealer.seal('hosted key alice@a.example', Buffer.from('secret'))
  t.throws(() => createSealer(randomBytes(32)).unseal('hosted key alice@a.example', sealed), refusal)
  t.throws(() => sealer.unseal('hosted key bob@a.example', sealed), refusal)
})

t.test('every bit flipped and every cut: refused', async t => {
  const sealed = sealer.seal('label', Buffer.from('secret'))
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = Buffer.from(sealed)
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    t.throws(() => sealer.unseal('label', changed), refusal)
  }
  for (let length = 0; length < sealed.length; length++)
    t.throws(() => sealer.unseal('label', sealed.subarray(0, length)), refusal, `${String(length)} octets`)
})
