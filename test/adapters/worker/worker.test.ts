// The worker thread, as compiled: it does the plugin's slow work and passes on its refusals.
import t from 'tap'
import type * as worker from '../../../adapters/worker/index.js'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { encodeSecretKey, generateUserKey } from '../../../plugin/openpgp/index.js'
import { checkout } from '../../lab/checkout.js'

const { startWorkThread } = (await import(`${checkout()}/dist/adapters/worker/index.js`)) as typeof worker

const now = Date.now()
const [alice, bob] = ['alice@a.example', 'bob@b.example'].map(address =>
  generateUserKey(parseUserAddress(address), now),
)
if (!alice || !bob) throw new Error('Two keys were made.')

t.test('a message is sealed and opened on the thread', async t => {
  const work = startWorkThread()
  t.teardown(() => work.stop())
  const content = Buffer.from('Hello Bob')
  const sealed = await work.run('sealMessage', content, encodeSecretKey(alice), bob.certificate.octets, now)
  const opened = await work.run('openMessage', sealed, encodeSecretKey(bob), alice.certificate.octets, now)
  t.ok(opened?.equals(content))
  t.equal(await work.run('openMessage', sealed, encodeSecretKey(alice), alice.certificate.octets, now), null)
})

t.test('a refusal comes back as the PluginError that it was', async t => {
  const work = startWorkThread()
  t.teardown(() => work.stop())
  const broken = work.run(
    'openMessage',
    Buffer.alloc(40),
    encodeSecretKey(bob),
    alice.certificate.octets,
    now,
  )
  await t.rejects(broken, { code: 'bad-format' })
})

t.test('too much at once is refused, and nothing that was taken is lost', async t => {
  const work = startWorkThread()
  t.teardown(() => work.stop())
  const { octets } = alice.certificate
  const job = () => work.run('verifyDocument', octets, Buffer.alloc(1), Buffer.alloc(1), now)
  const outcomes = await Promise.allSettled(Array.from({ length: 4200 }, job))
  const refused = outcomes.filter(({ status }) => status === 'rejected')
  t.equal(refused.length, 4200 - 4096)
  t.match(refused[0], { reason: { code: 'queue-full' } })
})

t.test('work that is asked of a stopped thread is refused, not forgotten', async t => {
  const work = startWorkThread()
  await work.stop()
  const { octets } = alice.certificate
  await t.rejects(work.run('verifyDocument', octets, Buffer.alloc(1), Buffer.alloc(1), now), {
    code: 'internal',
  })
})
