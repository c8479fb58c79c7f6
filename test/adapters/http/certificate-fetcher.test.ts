// Certificates over HTTPS from places that DNS names, with names from a real name server.
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { createCertificateFetcher } from '../../../adapters/http/certificate-fetcher.js'
import { parseFingerprint } from '../../../plugin/fingerprint.js'
import { makeCertificate } from '../../lab/certificates.js'
import { startKnot } from '../../lab/knot.js'

const fingerprint = parseFingerprint(`04${'ab'.repeat(20)}`)
const names = await startKnot('b.example', [
  'keys.b.example. 60 IN A 127.0.0.1',
  'other.b.example. 60 IN A 127.0.0.1',
])
t.teardown(names.stop)
const { key, certificate } = await makeCertificate(['keys.b.example'])
const asked: string[] = []
const answers: Readonly<Record<string, (response: ServerResponse) => void>> = {
  '/key': response => response.end('octets'),
  '/moved': response => response.writeHead(302, { location: '/key' }).end(),
  '/broken': response => response.writeHead(500).end(),
  '/long': response => response.end(Buffer.alloc(65_537)),
  '/most': response => response.end(Buffer.alloc(65_536)),
  '/cut': response => {
    response.writeHead(200, { 'content-length': '10' }).write('half', () => response.destroy())
  },
}
const server = createServer({ key, cert: certificate }, (request, response) => {
  const path = request.url ?? ''
  asked.push(path)
  if (path.startsWith('/pks/lookup')) response.end('from the key server')
  else (answers[path] ?? (other => other.writeHead(404).end()))(response)
})
await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
t.teardown(() => server.close())
const { port } = server.address() as AddressInfo
const fetcher = createCertificateFetcher({ resolver: names.resolver, authorities: certificate })
const fetched = async (place: string) => (await fetcher.fetch(place, fingerprint))?.toString() ?? null
const place = (path: string) => `https://keys.b.example:${port}${path}`

t.test('a key server is asked for the fingerprint', async t => {
  t.equal(await fetched(`hkps://keys.b.example:${port}`), 'from the key server')
  t.equal(asked.at(-1), `/pks/lookup?op=get&options=mr&search=0x${'ab'.repeat(20)}`)
})

t.test('a file is taken as it is, up to the limit, and none is none', async t => {
  t.equal(await fetched(place('/key')), 'octets')
  t.equal((await fetched(place('/most')))?.length, 65_536)
  t.equal(await fetched(place('/nothing')), null)
})

t.test('a file of a key server is taken up to the limit that is asked for', async t => {
  const keyServer = `hkps://keys.b.example:${port}`
  t.equal((await fetcher.fetchFile(keyServer, '/long', 65_537))?.length, 65_537)
  await t.rejects(fetcher.fetchFile(keyServer, '/long', 65_536), { code: 'host-unreachable' })
  t.equal(await fetcher.fetchFile(keyServer, '/nothing', 10), null)
  await t.rejects(fetcher.fetchFile(place('/key'), '/key', 10), { code: 'bad-format' }, 'no key server')
})

t.test('what is no usable answer is as if the place were away', async t => {
  for (const path of ['/moved', '/broken', '/long', '/cut'])
    await t.rejects(fetched(place(path)), { code: 'host-unreachable' }, path)
})

t.test('so is a server without a certificate that counts, and a name that is not there', async t => {
  const strange = createCertificateFetcher({ resolver: names.resolver })
  await t.rejects(strange.fetch(place('/key'), fingerprint), { code: 'host-unreachable' })
  await t.rejects(fetched(`https://other.b.example:${port}/key`), { code: 'host-unreachable' })
  await t.rejects(fetched(`https://away.b.example:${port}/key`), { code: 'host-unreachable' })
})

t.test('a place that cannot be is no place', async t => {
  for (const strange of ['http://keys.b.example/key', 'https://', 'hkps://user:word@keys.b.example', 'key'])
    await t.rejects(fetched(strange), { code: 'bad-format' }, strange)
})
