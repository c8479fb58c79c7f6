// Somebody who has an account, but not the secret half of the key on it, wants that key certified as his.
import t from 'tap'
import { parseUserAddress } from '../../plugin/addresses.js'
import { startMemoryServers } from '../_memory-servers.js'
import { createOxClient } from '../_ox-client.js'

const lab = await startMemoryServers({ names: ['a', 'b'] })
t.teardown(() => lab.stop())
const [a] = lab.servers
if (!a) throw new Error('A server was asked for.')
const alice = parseUserAddress('alice@a.example')
const wrong = { code: 'custody-wrong', message: /not the code, or it is too late/ }
// The account was Alice's once; the key on it still is.
const holder = createOxClient(a, alice, lab.clock.now())
const codeOf = async (): Promise<string> => /[0-9a-f]{16}/u.exec((await holder.read()).text)?.[0] ?? ''

t.test('the code stands in no message that can be read without the key', async t => {
  holder.publish()
  await a.say(alice, null, 'custody client')
  const code = await codeOf()
  t.match(code, /^[0-9a-f]{16}$/u)
  for (const { body, sealed } of a.shown) {
    t.notOk(body.includes(code))
    t.notOk(sealed?.includes(code))
  }
})

t.test('guessing ends with the fifth try, also for the right code', async t => {
  await a.say(alice, null, 'custody client')
  const code = await codeOf()
  for (let guess = 0; guess < 5; guess++)
    await t.rejects(a.say(alice, null, `custody client ${'0'.repeat(15)}${String(guess)}`), wrong)
  await t.rejects(a.say(alice, null, `custody client ${code}`), wrong)
})

t.test(
  'a code counts for the user to whom it was sent, once, for ten minutes, and until the next',
  async t => {
    await a.say(alice, null, 'custody client')
    const first = await codeOf()
    await t.rejects(a.say('mallory@a.example', null, `custody client ${first}`), wrong)
    await a.say(alice, null, 'custody client')
    const second = await codeOf()
    t.not(first, second)
    await t.rejects(a.say(alice, null, `custody client ${first}`), wrong)
    lab.clock.advance(600_001)
    await t.rejects(a.say(alice, null, `custody client ${second}`), wrong)
    t.not((await a.store.find('user', alice))?.fingerprint, holder.key.certificate.fingerprint)
  },
)

t.test('the holder is let in, and his code opens nothing a second time', async t => {
  await a.say(alice, null, 'custody client')
  const code = await codeOf()
  await a.say(alice, null, `custody client ${code}`)
  t.equal((await a.store.find('user', alice))?.fingerprint, holder.key.certificate.fingerprint)
  await t.rejects(a.say(alice, null, `custody client ${code}`), wrong)
})
