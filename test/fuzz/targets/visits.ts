// What visitors bring, from anywhere: proofs, pasted texts and files, client certificates, and lists of revoked ones
// (PROTO s9.6, s12).
import { X509Certificate, sign } from 'node:crypto'
import forge from 'node-forge'
import { systemRandom } from '../../../adapters/random.js'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import { armorMessage, generateUserKey, signDocument } from '../../../plugin/openpgp/index.js'
import { sealMessage } from '../../../plugin/openpgp/message.js'
import { protectKey } from '../../../plugin/openpgp/protected-key.js'
import {
  createVisiting,
  encodeProof,
  encodeVisitStatement,
  parseProof,
  verifyProof,
  type Visiting,
  type Visits,
} from '../../../plugin/visits/index.js'
import type { Clock } from '../../../plugin/ports.js'
import { sameThread } from '../../../plugin/work.js'
import { makeX509Authority, type X509Pair } from '../../../plugin/x509/certificates.js'
import { derOf, partsOf, readDer } from '../../../plugin/x509/der.js'
import { readRevocationList } from '../../../plugin/x509/known-list.js'
import { objectIds } from '../../../plugin/x509/object-ids.js'
import { makeRevocationList } from '../../../plugin/x509/revocation-list.js'
import { day, today } from '../../_certificates.js'
import type { FederatedServer } from '../../_federated.js'
import { anyCertificate, startVisited, usual } from '../../_visiting.js'
import { visitsAt } from '../../_visits.js'
import { attempt, ensureSame, type Fuzzed, type Target } from '../target.js'

const alice = parseUserAddress('alice@a.example')
const [home, visited] = [parseDomain('a.example'), parseDomain('c.example')]
const isOdd = (input: Buffer): boolean => (input[0] ?? 0) % 2 === 1

// What an OX client writes around the statement.
const around = {
  before:
    "<signcrypt xmlns='urn:xmpp:openpgp:0'><to jid='p3do@p3do.c.example'/><time stamp='2026-06-01T00:00:00Z'/><rpad>ab</rpad><payload><body xmlns='jabber:client'>",
  behind: '</body></payload></signcrypt>',
}
const signcryptWords = [
  "xmlns='urn:xmpp:openpgp:0'",
  "<to jid='p3do@p3do.c.example'/>",
  "<time stamp='2026-06-01T00:00:00Z'/>",
  "<time stamp='2026-06-01T02:00:00+0200'/>",
  "<body xmlns='jabber:client'>",
  '</body></payload></signcrypt>',
  '<![CDATA[',
  '<!--',
  '&#xA;',
]

// The first octet says whether the user signs what the proof says, or the signature stands as it is.
const proofs: Fuzzed = {
  name: 'proofs',
  about: 'proofs of visits, of a statement that was signed itself or in a message',
  words: [
    '\x09c.example',
    '\x09C.EXAMPLE',
    '\0\0\0\0',
    '\xff\xff\xff\xff',
    '\x01',
    '\x02',
    '\xc2\x75\x04',
    ...signcryptWords,
  ],
  longest: 1500,
  few: 800,
  open() {
    const key = generateUserKey(alice, today)
    return Promise.resolve({
      take: input =>
        attempt(async () => {
          const proof = parseProof(input.subarray(1))
          ensureSame(input.subarray(1), encodeProof(proof))
          const statement = encodeVisitStatement({ ...proof, user: alice, key: key.certificate.fingerprint })
          const text = `${proof.frame?.before ?? ''}${statement}${proof.frame?.behind ?? ''}`
          const signature = isOdd(input) ? await signDocument(key, Buffer.from(text), today) : proof.signature
          await verifyProof(sameThread, encodeProof({ ...proof, signature }), alice, key.certificate, today)
          return 'proven'
        }),
    })
  },
  async seeds() {
    const said = { server: visited, from: today, until: today + 2 * day, nonce: Buffer.alloc(16, 7) }
    const key = generateUserKey(alice, today)
    const text = encodeVisitStatement({ ...said, user: alice, key: key.certificate.fingerprint })
    const whole = `${around.before}${text}${around.behind}`
    const proof = encodeProof({ ...said, signature: await signDocument(key, Buffer.from(text), today) })
    const signature = await signDocument(key, Buffer.from(whole), today)
    const inMessage = encodeProof({ ...said, frame: around, signature })
    return [proof, inMessage].flatMap(octets =>
      [0, 1].map(first => Buffer.concat([Buffer.of(first), octets])),
    )
  },
}

function targetAt(place: { readonly stop: () => void }, take: (input: Buffer) => Promise<string>): Target {
  return {
    take: input => attempt(() => take(input)),
    stop() {
      place.stop()
      return Promise.resolve()
    },
  }
}

const account = parseUserAddress('guest@c.example')
const desk = generateUserKey(parseUserAddress('p3do@p3do.c.example'), today)

function visitingAt({ domain, directory }: FederatedServer, visits: Visits, clock: Clock): Visiting {
  const parts = { visits, domain, directory, work: sameThread, clock, random: systemRandom }
  const address = parseUserAddress('p3do@p3do.c.example')
  return createVisiting({ ...parts, address, ownKey: () => Promise.resolve(desk), reachable: () => [] })
}

const statementIn = (asked: string): string =>
  /^P3DO visit v1\n(?:[a-z]+: \S+\n?){6}/mu.exec(asked)?.[0].trimEnd() ?? ''

// The first octet says whether the user's client signs and encrypts the rest, or the rest is what comes in the stanza.
const messages: Fuzzed = {
  name: 'signed-messages',
  about: 'what OX clients sign and encrypt to the plugin in place of a statement',
  words: ['@TEXT@', '@TIME@', '\r\n', '\xc1\x4c\x03', '\xd2\x00\x01', ...signcryptWords],
  longest: 20_000,
  few: 60,
  async open() {
    const place = await startVisited({ hasAuthority: false })
    const { clock, key, visited: server } = place
    const visits = await visitsAt(server, clock)
    const visiting = visitingAt(server, visits, clock)
    const take = async (input: Buffer): Promise<string> => {
      const text = statementIn(await visiting.begin(account, alice))
      const said = input
        .toString('latin1', 1)
        .replace('@TEXT@', () => text)
        .replace('@TIME@', () => new Date(clock.now()).toISOString())
      const content = Buffer.from(said, 'latin1')
      const now = clock.now()
      const sealed = isOdd(input) ? await sealMessage(content, key, desk.certificate, now) : content
      await visiting.takeMessage(account, sealed)
      return 'taken'
    }
    return targetAt(place, take)
  },
  async seeds() {
    const written = `${around.before.replace('2026-06-01T00:00:00Z', '@TIME@')}@TEXT@${around.behind}`
    const key = generateUserKey(alice, today)
    const whole = await sealMessage(Buffer.from(written), key, desk.certificate, today)
    const old = `${around.before}@TEXT@${around.behind}`
    return [`\x01${written}`, `\x01${old}`, `\0${whole.toString('latin1')}`].map(text =>
      Buffer.from(text, 'latin1'),
    )
  },
}
const passphrase = 'passphrase'
const clearSigned = '-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n@TEXT@\n@SIGNATURE@'

// The first octet says where it is pasted. What is good there can be written by a word.
const pasted: Fuzzed = {
  name: 'pasted',
  about: 'texts and files that visitors paste: the signed statement, an exported key, the mailbox key',
  words: [
    '@TEXT@',
    '@SIGNATURE@',
    '@KEY@',
    '-----BEGIN PGP SIGNED MESSAGE-----\n',
    '-----BEGIN PGP SIGNATURE-----\n',
    '-----END PGP SIGNATURE-----\n',
    '-----BEGIN PGP PRIVATE KEY BLOCK-----\n',
    '-----BEGIN PGP MESSAGE-----\n',
    'P3DO mailbox key v1 ',
    'Hash: SHA512\n',
    '- ',
    '\r\n',
    '\n\n',
    '=abcd',
  ],
  longest: 70_000,
  few: 100,
  // They name the lines between which the text stands.
  repeats: true,
  async open() {
    const place = await startVisited({ hasAuthority: false })
    const { clock, key, visited: server } = place
    const visits = await visitsAt(server, clock)
    const visiting = visitingAt(server, visits, clock)
    const file = await protectKey(key, passphrase)
    const take = async (input: Buffer): Promise<string> => {
      const asked = await visiting.begin(account, alice)
      const text = statementIn(asked)
      const signature = armorMessage(await signDocument(key, Buffer.from(text), clock.now()))
      const given = input
        .toString('latin1', 1)
        .replace('@TEXT@', () => text)
        .replace('@SIGNATURE@', () => signature.replaceAll('MESSAGE', 'SIGNATURE'))
        .replace('@KEY@', () => file)
      const places = [visiting.sign, visiting.import, visiting.mailbox]
      await places[(input[0] ?? 0) % places.length]?.(account, given, passphrase)
      return 'taken'
    }
    return targetAt(place, take)
  },
  seeds: () =>
    Promise.resolve(
      [
        `\0${clearSigned}`,
        `\0${clearSigned.replace('@TEXT@', 'P3DO visit v1\nuser: alice@a.example')}`,
        '\x01@KEY@',
        '\x01-----BEGIN PGP MESSAGE-----\n\nwcBM\n=abcd\n-----END PGP MESSAGE-----\n',
        `\x02P3DO mailbox key v1 ${'A'.repeat(43)}=`,
      ].map(text => Buffer.from(text, 'latin1')),
    ),
}

const der = [
  '\x30\x82',
  '\x30\x80',
  '\x30\x84\xff\xff\xff\xff',
  '\x06\x08\x2b\x06\x01\x05\x05\x07\x08\x05',
  '\x06\x03\x55\x1d\x11',
  '\x01\x01\xff',
  '\x0c\x0falice@a.example',
  '\x17\x0d260601000000Z',
  '\xa0\x03\x02\x01\x02',
  '\x05\0',
  '\x30\0',
]

// The first octet says whether the authority signs the rest, or the rest is all of it.
const visitors: Fuzzed = {
  name: 'visitors',
  about: 'certificates with which users of other servers log in',
  words: der,
  longest: 9000,
  few: 300,
  async open() {
    const place = await startVisited()
    const authority = await place.authority()
    const take = async (input: Buffer): Promise<string> => {
      const rest = input.subarray(1)
      await place.verify(isOdd(input) ? signed(rest, authority) : rest)
      return 'let in'
    }
    return targetAt(place, take)
  },
  async seeds() {
    const authority = await makeX509Authority(home, today)
    const issuer = forge.pki.certificateFromPem(authority.certificate)
    // By the name of the issuer alone: each run has an authority with another key.
    const extensions = usual([alice], issuer).filter(({ name }) => name !== 'authorityKeyIdentifier')
    const times = { begins: today - day, ends: Date.UTC(2049, 0, 1) }
    const whole = anyCertificate(authority, { ...times, serial: '40aa', extensions })
    const nobody = anyCertificate(authority, { ...times, addresses: [], serial: '40ab' })
    return [unsigned(whole), unsigned(nobody), Buffer.concat([Buffer.of(0), whole])]
  },
}

const lists: Fuzzed = {
  name: 'lists',
  about: 'lists of certificates that the authority of a peer took back',
  words: [...der, '\x18\x0f20490101000000Z', '\x02\x01\x01', '\x02\x08\x40', '\x06\x03\x55\x1d\x14'],
  longest: 20_000,
  few: 300,
  async open() {
    const authority = await makeX509Authority(home, today)
    const own = new X509Certificate(authority.certificate).raw
    return {
      take: input =>
        attempt(() => {
          const list = isOdd(input) ? signed(input.subarray(1), authority) : input.subarray(1)
          const read = readRevocationList(list, own)
          return read === null ? 'none' : `a list${read.serials.size > 0 ? ' with some' : ''}`
        }),
    }
  },
  async seeds() {
    const authority = await makeX509Authority(home, today)
    const revoked = { revoked: today - day, reason: 'key-compromise' } as const
    const some = ['40aa', '40ab'].map(serial => ({ ...revoked, serial }))
    const whole = makeRevocationList(authority, some, today)
    const empty = makeRevocationList(authority, [], today)
    return [unsigned(whole), unsigned(empty), Buffer.concat([Buffer.of(0), whole])]
  },
}

/** What is signed in a certificate or in a list, to be signed anew. */
function unsigned(whole: Buffer): Buffer {
  const [content] = partsOf(readDer(whole))
  return Buffer.concat([Buffer.of(1), content ? derOf(content) : Buffer.alloc(0)])
}

// SEQUENCE { content, algorithm, signature }, whatever the content is (RFC 5280 s4.1, s5.1).
function signed(content: Buffer, { key }: X509Pair): Buffer {
  const { asn1 } = forge
  const { SEQUENCE, OID, NULL, BITSTRING } = asn1.Type
  const plain = (type: forge.asn1.Type, octets: string) =>
    asn1.create(asn1.Class.UNIVERSAL, type, false, octets)
  const algorithm = asn1.create(asn1.Class.UNIVERSAL, SEQUENCE, true, [
    plain(OID, asn1.oidToDer(objectIds.sha256WithRsa).getBytes()),
    plain(NULL, ''),
  ])
  const signature = plain(BITSTRING, `\0${sign('sha256', content, key).toString('latin1')}`)
  const inner = Buffer.concat([content, derOf(algorithm), derOf(signature)])
  // X.690 s8.1.3.5: an RSA signature alone is longer than what has a shorter length, and inputs end before a longer one is due.
  const length = Buffer.alloc(2)
  length.writeUInt16BE(Math.min(inner.length, 0xffff))
  return Buffer.concat([Buffer.of(0x30, 0x82), length, inner])
}

export const visitTargets: readonly Fuzzed[] = [proofs, messages, pasted, visitors, lists]
