// Answers are remembered for a minute, verdicts while nothing changes that they rest on: the certificate, its authority, the time.
import t from 'tap'
import { createVerdicts, remembered } from '../../../plugin/keyserver/verdicts.js'
import { day } from '../../_certificates.js'
import { aliceAddress, bobAddress, createKeyServers } from '../../_key-servers.js'

async function createCounted() {
  const servers = await createKeyServers()
  const { a, clock } = servers
  const state = { asked: 0, fails: false, bTrusted: true }
  const doubt = createVerdicts(
    {
      signers: domain => (state.bTrusted ? a.directory.signers(domain) : Promise.resolve([])),
      doubt(item) {
        state.asked++
        return state.fails ? Promise.reject(new Error('The thread ended.')) : a.directory.doubt(item)
      },
    },
    clock,
  )
  return { ...servers, state, doubt }
}

t.test(
  'a verdict of a user is asked once, and again when the certificate changed or asking failed',
  async t => {
    const { clock, entry, state, doubt } = await createCounted()
    const alice = await entry('user', aliceAddress)
    t.strictSame(await Promise.all([doubt(alice), doubt(alice)]), [null, null])
    clock.advance(day)
    t.equal(await doubt(alice), null)
    t.equal(state.asked, 1)
    state.fails = true
    await t.rejects(doubt({ ...alice, changed: alice.changed + 1 }))
    state.fails = false
    t.equal(await doubt({ ...alice, changed: alice.changed + 1 }), null)
    t.equal(state.asked, 3)
  },
)

t.test('a certification that ends is noticed at that moment', async t => {
  const { clock, entry, doubt } = await createCounted()
  const alice = await entry('user', aliceAddress)
  t.equal(await doubt(alice), null)
  clock.advance(90 * day - 1000)
  t.equal(await doubt(alice), null)
  clock.advance(1000)
  t.equal(await doubt(alice), 'certification-ended')
})

t.test('an authority that is no longer trusted is noticed within a minute', async t => {
  const { clock, entry, state, doubt } = await createCounted()
  const bob = await entry('user', bobAddress)
  t.equal(await doubt(bob), null)
  state.bTrusted = false
  clock.advance(60_000)
  await doubt(bob)
  t.equal(state.asked, 2)
})

t.test('a verdict of a server is asked once a minute', async t => {
  const { a, clock, entry, state, doubt } = await createCounted()
  const server = await entry('server', a.domain)
  await doubt(server)
  clock.advance(59_999)
  await doubt(server)
  t.equal(state.asked, 1)
  clock.advance(1)
  await doubt(server)
  t.equal(state.asked, 2)
})

t.test('another answer is asked once a minute, and again when the certificate changed', async t => {
  const { clock, entry } = await createCounted()
  let asked = 0
  const ask = remembered(() => Promise.resolve(++asked), clock)
  const alice = await entry('user', aliceAddress)
  t.strictSame(await Promise.all([ask(alice), ask(alice)]), [1, 1])
  t.equal(await ask({ ...alice, changed: alice.changed + 1 }), 2)
  clock.advance(60_000)
  t.equal(await ask({ ...alice, changed: alice.changed + 1 }), 3)
})
