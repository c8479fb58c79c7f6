// Certificates and signatures that anybody brings: to the key server, from peers, from users' accounts (RFC 9580 s10).
import { readFile } from 'node:fs/promises'
import { createSeedCertificates } from '../seed-certificates.js'
import { certificateOf, encodeParts, judged, partsOf } from '../raw-certificates.js'
import { buildCertificate } from '../../../plugin/openpgp/certificate.js'
import {
  approveCertifications,
  armorCertificates,
  generateUserKey,
  parseCertificate,
  parseCertificates,
  readSubmitted,
  verifyDocument,
} from '../../../plugin/openpgp/index.js'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { firstUserId, primarySigner, today } from '../../_certificates.js'
import { attempt, ensureSame, type Fuzzed } from '../target.js'

const packets = [
  '\x99\x01\x0d\x04',
  '\xc6\x33\x04',
  '\xb4\x13xmpp:',
  '\xc2\x75\x04\x13',
  '\xce',
  '\xd1',
  '\x05\x09',
  '\x02\x1b\x0c',
  '\xff\xff\xff\xff',
]

const certificates: Fuzzed = {
  name: 'certificates',
  about: 'certificates as octets: read, judged, merged, described',
  words: packets,
  longest: 70_000,
  few: 600,
  open: () =>
    Promise.resolve({
      take: input =>
        attempt(async () => {
          const read = parseCertificate(input)
          const again = parseCertificate(buildCertificate(read).octets)
          ensureSame(buildCertificate(read).octets, buildCertificate(again).octets)
          return judged(read)
        }),
    }),
  seeds: createSeedCertificates,
}

const sequences: Fuzzed = {
  name: 'sequences',
  about: 'several certificates one after the other, as peers show them',
  words: packets,
  longest: 200_000,
  few: 600,
  open: () =>
    Promise.resolve({
      take: input => attempt(() => `${String(parseCertificates(input).length)} certificates`),
    }),
  async seeds() {
    const [first, second] = (await createSeedCertificates()).slice(-2)
    return [Buffer.concat([first ?? Buffer.alloc(0), second ?? Buffer.alloc(0)])]
  },
}

const submitted: Fuzzed = {
  name: 'submitted',
  about: 'armored keys, as people paste them',
  words: [
    '-----BEGIN PGP PUBLIC KEY BLOCK-----\n',
    '-----END PGP PUBLIC KEY BLOCK-----',
    '-----BEGIN PGP PRIVATE KEY BLOCK-----\n',
    'Comment: x\n',
    '\r\n',
    '\n\n',
    '=abcd',
    '====',
  ],
  longest: 70_000,
  few: 800,
  open: () => Promise.resolve({ take: input => attempt(() => readSubmitted(input.toString('latin1')).kind) }),
  async seeds() {
    const some = (await createSeedCertificates()).filter(({ length }) => length < 1000).slice(0, 3)
    return some.map(octets => Buffer.from(armorCertificates(octets)))
  },
}

// Whoever holds a key signs with it what he likes: the input is the parts of a certificate, which are then signed.
const certified: Fuzzed = {
  name: 'certified',
  about: 'certificates of any parts, each signed by its own key',
  words: [
    '\x01',
    '\x02',
    '\x03',
    '\x04\x11',
    '\x04\x12',
    '\x04\x19',
    '\x04\x01',
    '\x03\x05\x09\0\0\0\x01',
    '\x03\x02\x1b\x02',
    'xmpp:alice@a.example',
    '\x01\x00\x07\x04\x6a\x1c\xcb\x80\x11\x00',
  ],
  longest: 3000,
  few: 300,
  open() {
    const key = generateUserKey(parseUserAddress('alice@a.example'), today)
    return Promise.resolve({
      take: input => attempt(() => judged(certificateOf(key, partsOf(input)))),
    })
  },
  seeds() {
    const flags = Buffer.from('021b0c', 'hex')
    const ends = Buffer.from('050900000e10', 'hex')
    const ecdh = generateUserKey(parseUserAddress('a@a.example'), today).certificate.subkeys[0]?.key.body
    return Promise.resolve([
      encodeParts([{ kind: 'userId', octets: Buffer.from('xmpp:alice@a.example') }]),
      encodeParts([
        { kind: 'subpackets', octets: Buffer.concat([flags, ends]) },
        { kind: 'userId', octets: Buffer.from('xmpp:alice@a.example') },
        { kind: 'subkey', octets: ecdh ?? Buffer.alloc(0) },
        { kind: 'revocation', octets: Buffer.from('041d0373', 'hex') },
      ]),
    ])
  },
}

const signatures: Fuzzed = {
  name: 'signatures',
  about: 'detached signatures, as they are pasted or stand in statements and parcels',
  words: packets,
  longest: 2000,
  few: 800,
  async open() {
    const { certificate, text, now } = await signedText()
    return {
      take: async input => String(await verifyDocument(certificate, text, input, now)),
    }
  },
  async seeds() {
    return [(await signedText()).signature, approval()]
  },
}

// The statement of the vectors: four octets of length, the JSON, the signature packet.
async function signedText() {
  const text = await readFile('test/vectors/trust/valid.json', 'utf8')
  const { authority, statement, time: now } = JSON.parse(text) as TrustVector
  const octets = Buffer.from(statement.octets, 'base64')
  const end = 4 + octets.readUInt32BE(0)
  return {
    certificate: parseCertificate(Buffer.from(authority, 'base64')),
    text: Buffer.concat([Buffer.from('P3DO statement v1\0'), octets.subarray(4, end)]),
    signature: octets.subarray(end),
    now,
  }
}

interface TrustVector {
  readonly authority: string
  readonly statement: { readonly octets: string }
  readonly time: number
}

function approval(): Buffer {
  const key = generateUserKey(parseUserAddress('alice@a.example'), today)
  return approveCertifications(primarySigner(key), firstUserId(key.certificate), [], today)
}

export const openpgpTargets: readonly Fuzzed[] = [certificates, sequences, submitted, certified, signatures]
