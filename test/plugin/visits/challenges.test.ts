// What visitors were asked to sign: good for one account and an hour, the newest alone, for a few tries.
import t from 'tap'
import { systemRandom } from '../../../adapters/random.js'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import { parseFingerprint } from '../../../plugin/fingerprint.js'
import { createVisitChallenges } from '../../../plugin/visits/challenges.js'
import { day, hour, today } from '../../_certificates.js'
import { createVirtualClock } from '../../_virtual-clock.js'

const guest = parseUserAddress('guest@c.example')
const other = parseUserAddress('other@c.example')
const asked = {
  user: parseUserAddress('alice@a.example'),
  key: parseFingerprint(`04${'ab'.repeat(20)}`),
  server: parseDomain('c.example'),
  from: today,
  until: today + day,
}

function opened() {
  const clock = createVirtualClock(today)
  return { clock, challenges: createVisitChallenges(clock, systemRandom) }
}

t.test('each has its own nonce, and the newest alone is open, for its account', async t => {
  const { challenges } = opened()
  const first = challenges.ask(guest, asked)
  const second = challenges.ask(guest, asked)
  t.notSame(first.nonce, second.nonce)
  t.equal(challenges.open(guest), second)
  t.equal(challenges.open(other), null)
})

t.test('it is open for an hour, and until it is done', async t => {
  const { clock, challenges } = opened()
  challenges.ask(guest, asked)
  clock.advance(hour - 1)
  t.ok(challenges.open(guest))
  clock.advance(1)
  t.equal(challenges.open(guest), null)
  challenges.ask(guest, asked)
  challenges.done(guest)
  t.equal(challenges.open(guest), null)
})

t.test('whoever asks for very many ends the oldest', async t => {
  const { challenges } = opened()
  challenges.ask(guest, asked)
  for (let number = 0; number < 1000; number++)
    challenges.ask(parseUserAddress(`guest${String(number)}@c.example`), asked)
  t.equal(challenges.open(guest), null)
})
