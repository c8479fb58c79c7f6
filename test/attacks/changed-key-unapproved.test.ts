// Attack: another key for a known server is used before anybody approved it, or gets in beside what was approved.
import t from 'tap'
import { parseFingerprint } from '../../plugin/fingerprint.js'
import type { FederatedServer } from '../_federated.js'
import { swapped } from '../_swapped.js'

const minute = 60_000
const hour = 60 * minute

const trusted = async (a: FederatedServer, b: FederatedServer) =>
  (await a.directory.signers(b.domain)).map(({ fingerprint }) => fingerprint)

t.test('neither key is trusted while it is not clear which is right, however long that takes', async t => {
  const { a, b, impostor, pass } = await swapped(t)
  for (let hours = 0; hours < 6; hours++) {
    t.same([a.peers(), await trusted(a, b)], [[], []])
    await pass(hour, minute)
  }
  t.same(impostor.peers(), [], 'the impostor is not countersigned')
  t.equal((await a.store.find('server', b.domain))?.fingerprint, b.identity.fingerprint)
})

t.test('a restart in the middle forgets nothing: no key is trusted before the first look', async t => {
  const { a, b, impostor, restart, pass } = await swapped(t)
  const before = await a.directory.suspensions.of(b.domain)
  const again = await restart(a)
  t.same(await again.directory.suspensions.of(b.domain), { ...before, told: true })
  t.same([again.peers(), await trusted(again, b)], [[], []])
  await again.directory.approve(b.domain, impostor.identity.fingerprint)
  const later = await restart(again)
  await pass(3 * minute, 1000)
  t.same(await trusted(later, b), [impostor.identity.fingerprint], 'nor is the approval forgotten')
})

t.test('a third key behind the approved one is not taken', async t => {
  const { a, b, impostor, replace, pass } = await swapped(t)
  impostor.stop()
  await a.directory.approve(b.domain, impostor.identity.fingerprint)
  const third = await replace(impostor)
  await pass(5 * minute, 1000)
  t.same([a.peers(), await trusted(a, b)], [[], []])
  t.match(await a.directory.suspensions.of(b.domain), { shown: third.identity.fingerprint, allowed: null })
  await replace(third, { keyFile: impostor.keyFile })
  await pass(5 * minute, 1000)
  t.same(await trusted(a, b), [], 'and the approval does not outlive it')
})

t.test('an approval of a fingerprint that is not exactly the shown one is none', async t => {
  const { a, b, impostor, pass } = await swapped(t)
  const { fingerprint } = impostor.identity
  const last = fingerprint.endsWith('0') ? '1' : '0'
  await t.rejects(a.directory.approve(b.domain, parseFingerprint(fingerprint.slice(0, -1) + last)), {
    code: 'command-invalid',
  })
  await pass(3 * minute, 1000)
  t.same(await trusted(a, b), [])
})

t.test('the return of the known key ends the suspension without a switch', async t => {
  const { a, b, impostor, replace, pass } = await swapped(t)
  await replace(impostor, { keyFile: b.keyFile, store: b.store })
  await pass(3 * minute, 1000)
  t.same([a.peers(), await trusted(a, b)], [['b.example'], [b.identity.fingerprint]])
  t.same(await a.store.changesOf(b.domain), [])
})

t.test('a copy of the known certificate from elsewhere ends nothing', async t => {
  const { a, b } = await swapped(t)
  await a.directory.meetServer(b.domain, b.identity.shown)
  t.same(await trusted(a, b), [])
})
