// Countersignatures are renewed long before they end, so that nobody is a stranger in between.
import t from 'tap'
import { createFederated } from '../../_federated.js'

const day = 86_400_000

async function met() {
  const lab = createFederated()
  const [a, b] = [await lab.add('a'), await lab.add('b')]
  const meet = () => a.directory.meetServer(b.domain, b.identity.shown)
  const span = async () => {
    const entry = await a.store.find('server', b.domain)
    return entry && (await a.directory.certified(entry))
  }
  await meet()
  return { ...lab, a, b, meet, span }
}

t.test('a contact after half of its time makes a new one, an earlier contact does not', async t => {
  const { a, b, clock, meet, span } = await met()
  const first = await span()
  clock.advance(89 * day)
  await b.identity.renew()
  await meet()
  t.same(await span(), first)
  clock.advance(day)
  await b.identity.renew()
  await meet()
  t.equal((await span())?.since, (first?.since ?? 0) + 90 * day)
  clock.advance(179 * day)
  t.ok(await a.directory.server(b.domain), 'it goes on counting when the first one has ended')
})

t.test('one that was taken back is not renewed', async t => {
  const { a, b, clock, meet } = await met()
  const entry = await a.store.find('server', b.domain)
  if (!entry) throw new Error('It was met.')
  await a.store.put({ ...entry, certificate: a.identity.authority.revoke(entry.certificate, b.domain) })
  clock.advance(100 * day)
  await b.identity.renew()
  await t.rejects(meet(), { code: 'certificate-invalid' })
  t.equal(await a.directory.server(b.domain), null)
})
