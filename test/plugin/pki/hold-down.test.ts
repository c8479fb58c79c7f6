// After the hold-down, with other servers that see the same key all the time and DNS that names it, another key is taken.
import t, { type Test } from 'tap'
import type { AddOptions, FederatedServer } from '../../_federated.js'
import { memoryDns } from '../../_dns.js'
import { federated } from '../../_swapped.js'

const minute = 60_000
const hour = 60 * minute
const name = '_p3do.b.example'

/** Servers a to d; b's key is another one. DNS is asked by all of them. */
async function changed(t: Test, keyPolicy: AddOptions['keyPolicy'], namesNew = true) {
  const texts: Record<string, string[]> = {}
  const options = { dns: memoryDns(texts), ...(keyPolicy && { keyPolicy }) }
  const lab = await federated(t, ['c', 'd'], options)
  const other = await lab.replace(lab.b)
  const named = namesNew ? other : lab.b
  texts[name] = [`v=P3DO1; st=active; fpr=${named.identity.fingerprint}; id=2`]
  for (const server of [lab.a, ...lab.others]) server.federation.lookNow(lab.b.domain)
  await lab.pass(minute, 1000)
  return { ...lab, other, texts, holds: () => known(lab.a, lab.b) }
}

const known = async (a: FederatedServer, b: FederatedServer) =>
  (await a.directory.server(b.domain))?.fingerprint ?? null

t.test('it goes through when the time is over, not before, and is told as that', async t => {
  const { a, other, pass, holds } = await changed(t, { holdDown: 4 * hour, quorum: 2 })
  const how: (string | null)[] = []
  a.directory.suspensions.onChange(change => Promise.resolve(void how.push(change.how)))
  await pass(3.5 * hour, minute)
  t.same([await holds(), a.peers()], [null, ['c.example', 'd.example']])
  await pass(1.5 * hour, minute)
  t.equal(await holds(), other.identity.fingerprint)
  t.match(await a.store.changesOf(other.domain), [{ how: 'outwaited' }])
  t.same(how, ['outwaited'])
})

t.test('with a quorum of 0, which is the default, nothing lets it in but an admin', async t => {
  const { pass, holds } = await changed(t, { holdDown: 4 * hour, quorum: 0 })
  await pass(7 * hour, minute)
  t.equal(await holds(), null)
})

t.test('DNS that does not name it keeps it out', async t => {
  const { pass, holds } = await changed(t, { holdDown: 4 * hour, quorum: 1 }, false)
  await pass(7 * hour, minute)
  t.equal(await holds(), null)
})

t.test('a peer that was told looks for itself at once', async t => {
  const lab = await federated(t, ['c'])
  await lab.replace(lab.b)
  lab.a.federation.lookNow(lab.b.domain)
  await lab.pass(3 * minute, 1000)
  const [c] = lab.others
  t.match(await c?.directory.suspensions.of(lab.b.domain), { known: lab.b.identity.fingerprint })
})

t.test('a rejected key is not let in by any time', async t => {
  const { a, b, pass, holds } = await changed(t, { holdDown: 4 * hour, quorum: 2 })
  await a.directory.reject(b.domain)
  await pass(7 * hour, minute)
  t.equal(await holds(), null)
})

t.test('a restart in the middle counts on where it was, without the time in which nobody looked', async t => {
  const { a, b, other, pass, restart } = await changed(t, { holdDown: 4 * hour, quorum: 2 })
  await pass(2 * hour, minute)
  const before = await a.directory.suspensions.of(b.domain)
  const again = await restart(a)
  await pass(minute, 1000)
  const after = await again.directory.suspensions.of(b.domain)
  t.ok((after?.seenFor ?? 0) >= (before?.seenFor ?? Infinity))
  await pass(4 * hour, minute)
  t.equal(await known(again, b), other.identity.fingerprint)
})
