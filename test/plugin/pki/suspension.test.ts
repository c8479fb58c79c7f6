// Suspension: a peer whose certificate is not accepted any more is none until it is; what an admin pins decides.
import t, { type Test } from 'tap'
import { decodeSecretKey } from '../../../plugin/openpgp/index.js'
import type { KeyFile } from '../../../plugin/ports.js'
import { revokedKey } from '../../_certificates.js'
import { createFederated, memoryKeyFile, type FederatedServer } from '../../_federated.js'

const day = 86_400_000

async function federated(t: Test) {
  const lab = createFederated()
  const a = await lab.add('a', { peers: ['b'], exchange: false })
  const b = await lab.add('b', { peers: ['a'], exchange: false })
  t.teardown(() => [a, b].forEach(server => server.stop()))
  for (const { federation } of [a, b]) federation.start()
  await lab.pass(5000)
  t.same([a.peers(), b.peers()], [['b.example'], ['a.example']])
  return { ...lab, a, b }
}

/** The same server with its store and key, started again with another pin for b. */
async function restarted(t: Test, lab: Awaited<ReturnType<typeof federated>>, pin: string) {
  const { store, keyFile } = lab.a
  lab.a.stop()
  const again = await lab.add('a', { peers: ['b'], pins: { b: pin }, store, keyFile, exchange: false })
  t.teardown(() => again.stop())
  return again
}

/** A server of b's name in its place. */
async function replaced(
  t: Test,
  lab: Awaited<ReturnType<typeof federated>>,
  keyFile: KeyFile,
): Promise<FederatedServer> {
  lab.b.stop()
  const other = await lab.add('b', { peers: ['a'], keyFile, exchange: false })
  t.teardown(() => other.stop())
  return other
}

t.test('a peer that revoked its certificate is a peer no more', async t => {
  const { a, b, network, clock, pass } = await federated(t)
  const key = decodeSecretKey((await b.keyFile.load()) ?? Buffer.alloc(0))
  const revoked = revokedKey(key, clock.now())
  network.host(b.domain).peers.answer(() => Promise.resolve(revoked.octets))
  await pass(day, 60_000)
  t.same(a.peers(), [])
})

t.test('a peer that shows another key is suspended, and ready again when it shows the known one', async t => {
  const lab = await federated(t)
  const { a, b, pass } = lab
  let ready = 0
  a.federation.onReady(() => ready++)
  await replaced(t, lab, memoryKeyFile())
  await pass(day, 60_000)
  t.same(a.peers(), [])
  t.match(a.complaints, [/suspended: .*another key.*peers approve/])
  const back = await replaced(t, lab, b.keyFile)
  back.federation.start()
  await pass(5 * 60_000, 1000)
  t.same([a.peers(), ready], [['b.example'], 1])
})

t.test(
  'a certificate that was taken up without a pin is trusted no more when another one is pinned',
  async t => {
    const lab = await federated(t)
    const again = await restarted(t, lab, `04${'0'.repeat(40)}`)
    t.equal(await again.directory.server(lab.b.domain), null)
    again.federation.start()
    await lab.pass(5000)
    t.same(again.peers(), [])
    const entry = await lab.a.store.find('server', lab.b.domain)
    t.equal(entry?.fingerprint, lab.b.identity.fingerprint, 'nothing was written over it')
  },
)

t.test('a new key that the admin pins takes the place of the old one', async t => {
  const lab = await federated(t)
  const other = await replaced(t, lab, memoryKeyFile())
  const again = await restarted(t, lab, other.identity.fingerprint)
  for (const { federation } of [again, other]) federation.start()
  await lab.pass(10_000)
  t.same(again.peers(), ['b.example'])
  t.equal((await again.directory.server(lab.b.domain))?.fingerprint, other.identity.fingerprint)
})
