// What people and records write: addresses, fingerprints, records in DNS, configuration.
import { renderConfigFile } from '../../../adapters/cli/config-file.js'
import { contactAddress, parseTalk } from '../../../adapters/xmpp/escaping.js'
import { splitJid } from '../../../adapters/xmpp/jid.js'
import { parseConfigText } from '../../../adapters/toml-config.js'
import { parseTrustAnchor } from '../../../adapters/dns/trust-anchors.js'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import { parseFingerprint } from '../../../plugin/fingerprint.js'
import { readFile } from 'node:fs/promises'
import type { UserAddress } from '../../../plugin/ports.js'
import { encodeKeyRecord, parseKeyRecord } from '../../../plugin/dns/record.js'
import { attempt, ensureSame, type Fuzzed } from '../target.js'

const letters = ['ß', 'İ', 'ﬁ', 'Ω', 'ﷺ', 'xn--', '\u200d', 'ᄀ', '\ud7b0', '。', 'é', 'Σ'].map(text =>
  Buffer.from(text).toString('latin1'),
)

const addresses: Fuzzed = {
  name: 'addresses',
  about: 'addresses of users, servers and contacts, and fingerprints',
  words: [...letters, '@', '.', '\\40', '\\5c', '/', '::', '127.1', '0x7f.1', ' '],
  longest: 20_000,
  few: 4000,
  open: () =>
    Promise.resolve({
      take: async input => {
        const text = input.toString()
        splitJid(text)
        const parsers = [parseDomain, parseUserAddress, parseFingerprint, contact]
        return (await Promise.all(parsers.map(parse => attempt(() => sameAgain(parse, text))))).join(' ')
      },
    }),
  seeds: () =>
    Promise.resolve(
      [
        'alice@a.example',
        'bob\\40b.example',
        'bücher.example',
        '04ab CD'.padEnd(44, '0'),
        'Zoë Ω@b.example',
      ].map(text => Buffer.from(text)),
    ),
}

// One name has one form: what a parser gave, it gives again.
function sameAgain(parse: (text: string) => string, text: string): string {
  const once = parse(text)
  ensureSame(Buffer.from(once), Buffer.from(parse(once)))
  return 'accepted'
}

function contact(localpart: string): string {
  const { contact: address, pseudonym } = parseTalk(localpart)
  const as = pseudonym === null ? undefined : (`${pseudonym}@p3do.a.example` as UserAddress)
  return splitJid(contactAddress(address, 'p3do.a.example', as)).local ?? ''
}

const records: Fuzzed = {
  name: 'records',
  about: 'texts at _p3do.DOMAIN, and trust anchors',
  words: ['v=P3DO1;', 'st=', 'fpr=', 'ks=hkps://', 'exp=', ';', ',', ' ', '20326:8:2:'],
  longest: 5000,
  few: 4000,
  open: () =>
    Promise.resolve({
      take: async input => {
        const text = input.toString('latin1')
        const anchor = await attempt(() => (parseTrustAnchor(text), 'an anchor'))
        const record = await attempt(() => {
          const read = parseKeyRecord(text)
          if (read === null) return 'another record'
          const again = parseKeyRecord(encodeKeyRecord(read))
          ensureSame(Buffer.from(JSON.stringify(read)), Buffer.from(JSON.stringify(again)))
          return read.state
        })
        return `${record} ${anchor}`
      },
    }),
  async seeds() {
    const valid = JSON.parse(await readFile('test/vectors/dns/valid.json', 'utf8')) as { text: string }[]
    return valid.slice(0, 6).map(({ text }) => Buffer.from(text))
  },
}

const configs: Fuzzed = {
  name: 'configs',
  about: 'p3do.toml',
  words: [
    '[http]\n',
    '[[a]]\n',
    '= "',
    '"""',
    "'''",
    '{',
    '}',
    '[',
    ']',
    '\n',
    '1979-05-27T07:32:00Z',
    'inf',
    'nan',
    '__proto__',
    'constructor',
    '\\u0000',
    '#',
    '.',
  ],
  longest: 30_000,
  few: 500,
  repeats: true,
  open: () =>
    Promise.resolve({
      take: input => attempt(() => (parseConfigText('/p3do.toml', input.toString(), {}), 'accepted')),
    }),
  seeds() {
    const server = { domain: 'a.example', host: 'prosody' }
    const text = renderConfigFile({ server, mor: { profile: 'fast' }, federation: { peers: ['b.example'] } })
    // Each key is there, the ones that are not set as a comment.
    return Promise.resolve([Buffer.from(text), Buffer.from(text.replaceAll(/^# ?(?=[\w-]+ = )/gmu, ''))])
  },
}

export const wordTargets: readonly Fuzzed[] = [addresses, records, configs]
