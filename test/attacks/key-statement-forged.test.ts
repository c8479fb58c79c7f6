// Attack: a swapped key gets in by words about it that are forged, repeated, or said by those whose word does not count.
import t from 'tap'
import { parseDomain } from '../../plugin/addresses.js'
import { considerHoldDown } from '../../plugin/pki/hold-down.js'
import type { Directory } from '../../plugin/pki/index.js'
import { wrapRequest } from '../../plugin/pki/requests.js'
import type { Domain } from '../../plugin/ports.js'
import { addressOf, type FederatedServer } from '../_federated.js'
import { swapped } from '../_swapped.js'

const hour = 3_600_000

type Lab = Awaited<ReturnType<typeof swapped>>

/** Has a server say to a, as another one where it is named, that it sees the impostor's key. */
async function say(
  { a, b, impostor, clock }: Lab,
  from: FederatedServer,
  { as = from.domain, since = 0, seen = clock.now() }: { as?: Domain; since?: number; seen?: number } = {},
) {
  const { fingerprint } = impostor.identity
  const identity = { ...from.identity, domain: as, authority: from.identity.authority }
  const receiver = { domain: a.domain, certificate: a.identity.certificate }
  const body = { server: b.domain, fingerprint, since, seen }
  const { octets } = await wrapRequest(identity, clock, receiver, 'seen', body)
  const request = Buffer.concat([Buffer.of(2), octets])
  return { request, send: (by = from) => by.host.peers.ask(addressOf(a.domain), request) }
}

const sightings = ({ a, b }: Lab) => a.directory.suspensions.sightings(b.domain)

/** Whether a would take the key now, had it waited for an hour, with so many others who see it. */
async function isLetIn(
  { a, b, impostor, clock }: Lab,
  choices: readonly { name: string; asked?: boolean }[],
  { quorum = 1, directory = a.directory }: { quorum?: number; directory?: Directory } = {},
): Promise<boolean> {
  const { fingerprint } = impostor.identity
  const records = [{ state: 'active' as const, fingerprint, id: 1, expires: null, pointers: [], x509: null }]
  const heard = { said: { security: 'insecure' as const, records, number: 1 }, isFirst: false }
  const peers = choices.map(({ name, asked = false }) => {
    const domain = parseDomain(name)
    return { domain, address: addressOf(domain), fingerprint: null, asked }
  })
  const options = { directory, keyPolicy: { holdDown: hour, quorum }, clock }
  await considerHoldDown(options, peers, b.domain, fingerprint, heard)
  return (await a.directory.suspensions.of(b.domain))?.allowed === 'outwaited'
}

/** Servers say every half an hour that they see the key. */
async function waited(lab: Lab, ...from: readonly FederatedServer[]) {
  for (let times = 0; times < 4; times++) {
    for (const one of from) await (await say(lab, one)).send()
    await lab.pass(hour / 2, 60_000)
  }
}

t.test(
  'a peer that an admin chose and that says it all the time counts, so that the others are seen to count not',
  async t => {
    const lab = await swapped(t, ['c'])
    const [c] = lab.others as [FederatedServer]
    await waited(lab, c)
    t.equal(await isLetIn(lab, [{ name: 'c.example' }]), true)
    t.equal(await isLetIn(lab, [{ name: 'c.example', asked: true }]), false, 'not one that asked to be met')
    t.equal(await isLetIn(lab, []), false, 'nor one that is no peer')
  },
)

t.test('signed by another than it says, or passed on by another', async t => {
  const lab = await swapped(t, ['c', 'd'])
  const [c, d] = lab.others as [FederatedServer, FederatedServer]
  const forged = await say(lab, d, { as: c.domain })
  await t.rejects(forged.send(c), { code: 'peer-refused' })
  await t.rejects((await say(lab, c)).send(d), { code: 'peer-refused' })
  t.notOk(
    (await sightings(lab)).some(({ since }) => since === 0),
    'nothing of it is kept',
  )
})

t.test('repeated: it makes nothing longer', async t => {
  const lab = await swapped(t, ['c'])
  const [c] = lab.others as [FederatedServer]
  c.stop()
  const { send } = await say(lab, c)
  await send()
  const [before] = await sightings(lab)
  await lab.pass(5 * 60_000, 1000)
  await send()
  t.same(await sightings(lab), [before])
  await lab.pass(10 * 60_000, 1000)
  await t.rejects(send(), { code: 'peer-refused' }, 'after ten minutes it is refused')
})

t.test('by the suspended server itself, and by a stranger', async t => {
  const lab = await swapped(t)
  await t.rejects((await say(lab, lab.impostor)).send(), { code: 'peer-refused' })
  await t.rejects(
    (await say(lab, lab.b)).send(lab.impostor),
    { code: 'peer-refused' },
    'by its true key neither',
  )
  const stranger = await lab.add('x')
  await t.rejects((await say(lab, stranger)).send(), { code: 'peer-refused' })
  t.same(await sightings(lab), [])
})

t.test('by one server under two names', async t => {
  const lab = await swapped(t, ['c', 'd'])
  await waited(lab, ...lab.others)
  const { directory } = lab.a
  const both = [{ name: 'c.example' }, { name: 'd.example' }]
  t.equal(await isLetIn(lab, both, { quorum: 2 }), true, 'two servers are two')
  const sameKey = { ...directory, server: () => directory.server(parseDomain('c.example')) }
  t.equal(await isLetIn(lab, both, { quorum: 2, directory: sameKey }), false, 'one key')
  const below = { name: 'd.c.example' }
  const renamed: Directory = {
    ...directory,
    server: domain => directory.server(domain === below.name ? parseDomain('d.example') : domain),
    suspensions: {
      ...directory.suspensions,
      sightings: async domain =>
        (await directory.suspensions.sightings(domain)).map(seen =>
          seen.witness === 'd.example' ? { ...seen, witness: parseDomain(below.name) } : seen,
        ),
    },
  }
  t.equal(
    await isLetIn(lab, [{ name: 'c.example' }, below], { quorum: 2, directory: renamed }),
    false,
    'one owner',
  )
  t.equal(await isLetIn(lab, [{ name: 'c.example' }, below], { quorum: 1, directory: renamed }), true)
})

t.test('a single one that sees the known key, after the other was seen here, stops it', async t => {
  const lab = await swapped(t, ['c', 'd'])
  await waited(lab, ...lab.others)
  const both = [{ name: 'c.example' }, { name: 'd.example' }]
  t.equal(await isLetIn(lab, both), true)
  const now = lab.clock.now()
  const fingerprint = lab.b.identity.fingerprint
  const view = {
    domain: lab.b.domain,
    witness: parseDomain('d.example'),
    fingerprint,
    since: 0,
    seen: now + 1,
  }
  await lab.a.directory.suspensions.heard(view)
  t.equal(await isLetIn(lab, both), false)
})

t.test('that it was seen long ago, said now; and at a time that can not be', async t => {
  const lab = await swapped(t, ['c'])
  const [c] = lab.others as [FederatedServer]
  await lab.pass(2 * hour, 60_000)
  await lab.a.store.removeSightings(lab.b.domain)
  await (await say(lab, c, { since: 1 })).send()
  t.equal(await isLetIn(lab, [{ name: 'c.example' }]), false)
  const later = lab.clock.now() + hour
  await t.rejects((await say(lab, c, { seen: later })).send(), { code: 'peer-refused' })
  await t.rejects((await say(lab, c, { since: 5, seen: 4 })).send(), { code: 'peer-refused' })
})
