// What users and admins write to the plugin in chat, and what a domain's server states about X.509.
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import { generateServerKey, signDocument } from '../../../plugin/openpgp/index.js'
import { ensureBound, makeBinding } from '../../../plugin/x509/binding.js'
import { makeX509Authority } from '../../../plugin/x509/certificates.js'
import { startMemoryServers } from '../../_memory-servers.js'
import { today } from '../../_certificates.js'
import { recordingLog } from '../recording-log.js'
import { attempt, type Fuzzed } from '../target.js'

const admin = parseUserAddress('admin@a.example')
const domain = parseDomain('a.example')
const marker = 'zqmarker'
const chat = [
  'help',
  '/key bob@b.example',
  'custody client abcd',
  'revoke 04ab',
  'route b.example',
  'peers list',
  'peers add x.example',
  'peers approve b.example 04ab',
  'keys list b.example',
  'keys explain b.example',
  'keys export alice@a.example',
  'users list',
  'status',
  'certificate',
  'certificate revoke 4a01',
  'x509 list',
  'x509 revoke 4a01',
]
// They make RSA keys of 3,072 bits, or another key of the server each time.
const costly = /x509 (?:issue|ca|crl)|certificate new|keys rotate/iu

const commands: Fuzzed = {
  name: 'commands',
  about: 'what is written to the plugin in chat',
  words: [
    ' ',
    '\n',
    '\t',
    '/',
    '@',
    '.',
    '04',
    'ab'.repeat(20),
    'constructor',
    '__proto__',
    'a'.repeat(2000),
    marker,
    ...chat,
  ],
  longest: 70_000,
  few: 150,
  async open() {
    const log = recordingLog()
    const servers = await startMemoryServers({
      names: ['a', 'b'],
      admins: [admin],
      routeLength: 2,
      between: (server, ports) => (server === domain ? { ...ports, log } : ports),
    })
    const [server] = servers.servers
    return {
      async take(input) {
        const text = input.toString()
        if (costly.test(text)) return 'costly'
        const end = await attempt(async () => {
          await servers.elapse(server?.say(admin, null, text) ?? Promise.resolve())
          return `answered ${server?.shown.at(-1)?.body.slice(0, 12) ?? ''}`
        })
        log.ensureSilent(marker)
        return end
      },
      stop: () => servers.stop(),
    }
  },
  seeds: () => Promise.resolve(chat.map(text => Buffer.from(text))),
  repeats: true,
}

// A zero octet stands between the certificate and the text, which is signed.
const bindings: Fuzzed = {
  name: 'bindings',
  about: 'statements about the X.509 authority of a domain',
  words: [
    '-----BEGIN CERTIFICATE-----\n',
    '\n-----END CERTIFICATE-----\n',
    '\0',
    'from: ',
    'until: ',
    'key: sha256:',
    '999999999999',
  ],
  longest: 8000,
  few: 150,
  open() {
    const key = generateServerKey(domain, today)
    return Promise.resolve({
      take: input =>
        attempt(async () => {
          const at = Math.max(0, input.indexOf(0))
          const [authority, text] = [input.toString('latin1', 0, at), input.subarray(at + 1)]
          const signature = await signDocument(key, text, today)
          await ensureBound(domain, authority, key.certificate, { text, signature }, today)
          return 'bound'
        }),
    })
  },
  async seeds() {
    const { certificate } = await makeX509Authority(domain, today)
    const { text } = await makeBinding(domain, certificate, () => Promise.resolve(Buffer.alloc(0)), today)
    return [Buffer.concat([Buffer.from(certificate), Buffer.of(0), text])]
  },
}

export const commandTargets: readonly Fuzzed[] = [commands, bindings]
