// What comes to the key server's port: requests of any kind over a real socket (RFC 9110, HKP, VKS, WKD).
import { once } from 'node:events'
import { connect } from 'node:net'
import { startHttp } from '../../../adapters/http/index.js'
import { usualLimits } from '../../../adapters/http/listener.js'
import { armorCertificates } from '../../../plugin/openpgp/index.js'
import { createVirtualClock } from '../../_virtual-clock.js'
import { createKeyServers } from '../../_key-servers.js'
import { recordingLog } from '../recording-log.js'
import { createSeedCertificates } from '../seed-certificates.js'
import { Finding, type Fuzzed } from '../target.js'

// Not offered here, wanted in another way, or too many at once: none of them is a mistake of the server.
const honest = new Set([501, 503, 505])
// Longer than the minute in which one client may not ask too much.
const enough = 100_000
// Stands for the digits of Alice's fingerprint, which is another one in each run.
const alice = 'FINGERPRINT'

const requests: Fuzzed = {
  name: 'requests',
  about: 'HTTP requests to the key server, from their first octet',
  words: [
    'GET ',
    'POST ',
    'PUT ',
    'OPTIONS ',
    'HEAD ',
    ' HTTP/1.1\r\n',
    '\r\n',
    '\r\n\r\n',
    'Content-Length: 5\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Expect: 100-continue\r\n',
    'Connection: keep-alive\r\n',
    'If-Modified-Since: x\r\n',
    'If-None-Match: *\r\n',
    '/pks/lookup?op=get&search=',
    '/pks/v2/',
    '/vks/v1/by-email/',
    '/.well-known/openpgpkey/',
    '%',
    '%00',
    '%ff',
    '%2f',
    '..',
    '&op=index',
    '&options=mr',
    '?',
    ':',
    '*',
    '\0',
    'Host: a\r\n',
    'keytext=',
    alice,
  ],
  longest: 80_000,
  few: 250,
  async open() {
    const servers = await createKeyServers()
    const log = recordingLog()
    const digits = servers.alice.certificate.fingerprint.slice(2).toUpperCase()
    const clock = createVirtualClock(servers.clock.now())
    const http = await startHttp({
      ...servers,
      listen: { host: '127.0.0.1', port: 0 },
      tls: null,
      limits: { ...usualLimits, request: 1000 },
      clock,
      counters: servers.a.counters,
      log,
    })
    return {
      async take(input) {
        clock.advance(enough)
        const asked = input.toString('latin1').replaceAll(alice, digits)
        const answer = await said(http.port, Buffer.from(asked, 'latin1'))
        log.ensureNoBug()
        return statusesIn(answer)
      },
      stop: () => http.stop(),
    }
  },
  async seeds() {
    return [...lookups(), ...(await submissions())].map(text => Buffer.from(text, 'latin1'))
  },
}

async function said(port: number, input: Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  let answer = ''
  socket.setEncoding('latin1').on('data', (text: string) => (answer += text))
  // A server that has refused does not read on.
  socket.on('error', () => undefined)
  socket.end(input)
  await once(socket, 'close')
  return answer
}

function statusesIn(answer: string): string {
  const statuses = [...answer.matchAll(/^HTTP\/1\.1 (\d{3})/gmu)].map(([, status]) => Number(status))
  const bad = statuses.find(status => status >= 500 && !honest.has(status))
  if (bad !== undefined) throw new Finding(`The key server answers ${String(bad)}.`)
  return statuses.join(' ')
}

function lookups(): string[] {
  const paths = [
    `/pks/lookup?op=get&options=mr&search=0x${alice}`,
    '/pks/lookup?op=index&search=alice%40a.example',
    '/pks/lookup?op=vindex&search=xmpp:alice@a.example',
    `/pks/v2/certs/by-vfingerprint/04${alice}`,
    '/pks/v2/index/xmpp:alice@a.example',
    '/pks/v2/prefixlog/2026-01-01',
    `/vks/v1/by-fingerprint/${alice}`,
    '/.well-known/openpgpkey/hu/iy9q119eutrkn8s1mk4r39qejnbu3n5q?l=alice',
    '/',
    '/x509/authority.pem',
  ]
  return paths.map(path => `GET ${path} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n`)
}

async function submissions(): Promise<string[]> {
  const [octets = Buffer.alloc(0)] = (await createSeedCertificates()).slice(-1)
  const form = `keytext=${encodeURIComponent(armorCertificates(octets))}`
  const post = (line: string, type: string, body: string): string =>
    `${line} HTTP/1.1\r\nHost: a.example\r\nContent-Type: ${type}\r\nContent-Length: ${String(body.length)}\r\n\r\n${body}`
  return [
    post('POST /pks/add', 'application/x-www-form-urlencoded', form),
    post('POST /pks/v2/certs', 'application/pgp-keys;armor=no', octets.toString('latin1')),
    post('POST /pks/v2/sendtoken', 'text/plain', 'xmpp:alice@a.example'),
    post(
      'PUT /pks/v2/canonical/xmpp:alice@a.example',
      'application/pgp-keys;armor=no\r\nAuthorization: Bearer abc',
      octets.toString('latin1'),
    ),
  ]
}

export const httpTargets: readonly Fuzzed[] = [requests]
