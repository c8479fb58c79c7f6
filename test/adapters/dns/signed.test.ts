// How far texts are proven, over a real name server that signs its zones.
import t, { type Test } from 'tap'
import { createDnsLookup } from '../../../adapters/dns/index.js'
import { systemClock } from '../../../adapters/clock.js'
import { startSignedKnot, type NameServer, type Zone } from '../../lab/knot.js'

const text = 'v=P3DO1; st=active; id=1'
const zone = (domain: string, signing?: Zone['signing']): Zone => ({
  domain,
  records: [`_p3do.${domain}. 60 IN TXT "${text}"`],
  ...(signing === undefined ? {} : { signing }),
})

async function served(t: Test, zones: readonly Zone[]): Promise<NameServer> {
  const server = await startSignedKnot(zones)
  t.teardown(server.stop)
  return server
}

const now = systemClock.now()
const lookupOf = ({ resolver, trustAnchors }: NameServer, clock = { now: () => now }) =>
  createDnsLookup({ resolver, trustAnchors, clock })

t.test('each zone gets what its signatures are worth', async t => {
  const server = await served(t, [
    zone('a.example', 'signed'),
    zone('b.example'),
    zone('c.example', 'broken'),
    zone('d.example', 'expired'),
    zone('e.example', 'orphan'),
  ])
  const dns = lookupOf(server)
  const found = async (domain: string) => dns.texts(`_p3do.${domain}`)
  t.same(await found('a.example'), { texts: [text], security: 'secure' })
  t.same(await found('b.example'), { texts: [text], security: 'insecure' }, 'no DS, no signatures')
  t.same(
    await found('c.example'),
    { texts: [text.replace('id=1', 'id=2')], security: 'bogus' },
    'another text',
  )
  t.same(await found('d.example'), { texts: [text], security: 'bogus' }, 'signed long ago')
  t.same(await found('e.example'), { texts: [text], security: 'insecure' }, 'signatures without a DS')
  t.same(await found('f.example'), { texts: [], security: 'insecure' }, 'no such name')
})

t.test('with other keys of the root, nothing is proven', async t => {
  const server = await served(t, [zone('a.example', 'signed')])
  const other = await served(t, [])
  const dns = lookupOf({ ...server, trustAnchors: other.trustAnchors })
  t.equal((await dns.texts('_p3do.a.example')).security, 'bogus')
  const trusting = lookupOf({ ...server, trustAnchors: [...other.trustAnchors, ...server.trustAnchors] })
  t.equal((await trusting.texts('_p3do.a.example')).security, 'secure', 'while the keys of the root change')
  const usual = lookupOf({ ...server, trustAnchors: [] })
  t.equal((await usual.texts('_p3do.a.example')).security, 'bogus', "with IANA's")
})

t.test('a signature ends with its time', async t => {
  const server = await served(t, [zone('a.example', 'signed')])
  const later = { now: () => now + 8 * 86_400_000 }
  t.equal((await lookupOf(server, later).texts('_p3do.a.example')).security, 'bogus')
})

t.test('what the server changes counts at once, signed anew', async t => {
  const server = await served(t, [zone('a.example', 'signed')])
  await server.change('a.example', ['_p3do.a.example. 60 IN TXT "other"'])
  t.same(await lookupOf(server).texts('_p3do.a.example'), { texts: ['other'], security: 'secure' })
})

t.test('an alias is not followed', async t => {
  const server = await served(t, [
    zone('a.example', 'signed'),
    { domain: 'b.example', records: ['_p3do.b.example. 60 IN CNAME _p3do.a.example.'], signing: 'signed' },
  ])
  t.same((await lookupOf(server).texts('_p3do.b.example')).texts, [])
})

t.test('a server below a zone is judged by that zone', async t => {
  const records = ['_p3do.chat.a.example. 60 IN TXT "x"']
  const server = await served(t, [{ domain: 'a.example', records, signing: 'signed' }])
  t.same(await lookupOf(server).texts('_p3do.chat.a.example'), { texts: ['x'], security: 'secure' })
})
