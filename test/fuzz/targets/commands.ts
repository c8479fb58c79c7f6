// What users and admins write to the plugin in chat, and what a domain's server states about X.509.
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import { generateServerKey, signDocument } from '../../../plugin/openpgp/index.js'
import { ensureBound, makeBinding } from '../../../plugin/x509/binding.js'
import { makeX509Authority } from '../../../plugin/x509/certificates.js'
import { startMemoryServers } from '../../_memory-servers.js'
import { today } from '../../_certificates.js'
import { recordingLog } from '../recording-log.js'
import { attempt, Finding, type Fuzzed } from '../target.js'

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
  'contacts',
  'contexts',
  'custody hosted',
  '/delivery',
  'erase bob@b.example',
  'key export',
  'log level info',
  'off everyone',
  'on b.example',
  'peers reject b.example',
  'peers remove x.example',
  'pseudonym contacts fox',
  'pseudonym delivery fox',
  'pseudonym drop fox',
  'pseudonym export fox',
  'pseudonym key fox',
  'pseudonym list',
  'pseudonym new fox',
  'pseudonym route fox b.example',
  'queue',
  'reconnect',
  'reload',
  'rooms add ops@conference.a.example',
  'rooms allow ops@conference.a.example b.example',
  'rooms close ops@conference.a.example',
  'rooms list',
  'rooms pace ops@conference.a.example fast 100',
  'rooms pause ops@conference.a.example',
  'rooms refuse ops@conference.a.example b.example',
  'rooms resume ops@conference.a.example',
  'rooms servers ops@conference.a.example',
  'rooms status ops@conference.a.example',
  'routed',
  'users revoke alice@a.example',
  'visit begin bob@b.example',
  'visit end',
  'visit import',
  'visit mailbox P3DO mailbox key v1 AAAA',
  'visit sign -----BEGIN PGP SIGNED MESSAGE-----',
  'visits',
  'x509 pin',
]
// They make RSA keys of 3,072 bits, or another key of the server each time.
const costly = /x509 (?:issue|ca|crl)|certificate new|keys rotate/iu

/** Every command is among the inputs that are changed. */
function ensureAllNamed(names: readonly string[]): void {
  const missing = names.filter(
    name => !costly.test(name) && !chat.some(text => `${text.replace(/^\//u, '')} `.startsWith(`${name} `)),
  )
  if (missing.length > 0) throw new Finding(`No input names the command ${missing.join(', ')}.`)
}

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
    ensureAllNamed(
      server?.host
        .desk()
        .offered(admin)
        .map(({ name }) => name) ?? [],
    )
    return {
      async take(input) {
        const text = input.toString()
        if (costly.test(text)) return 'costly'
        const end = await attempt(async () => {
          // In a talk as well, with somebody whom no word reaches.
          const contact = text.startsWith('/') ? 'nobody@b.example' : null
          await servers.elapse(server?.say(admin, contact, text) ?? Promise.resolve())
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
