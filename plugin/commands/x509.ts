// The domain's X.509 authority, for admins; and a user's own certificates.
import { parseUserAddress } from '../addresses.js'
import { PluginError } from '../errors.js'
import type { CommandAnswer, FileAnswer, RevocationReason, UserAddress, X509Entry } from '../ports.js'
import { adminCommands, userCommands, type Command, type Family } from './command.js'
import { listed } from './listing.js'
import { answerWithFile, encodeFileBlock } from './file-block.js'

export const x509Family = {
  word: 'x509',
  help: 'certificates with which users log in',
  commands: {
    ca: {
      usage: '',
      title: 'Certificates: the authority',
      help: "the authority's certificate with its pin, PEM; made at the first need",
    },
    pin: {
      usage: '',
      title: 'Certificates: the pin of the authority',
      help: 'the pin alone, as x5 in DNS; none is made',
    },
    issue: {
      usage: '<user>',
      title: 'Certificates: issue one to a user',
      help: 'a new certificate with its key, as a PKCS #12 file with a passphrase',
      givesFile: true,
    },
    list: { usage: '[user]', title: 'Certificates: list', help: 'what was issued and has not ended' },
    revoke: {
      usage: '<serial>',
      title: 'Certificates: take one back',
      labels: { serial: 'Serial number' },
      help: 'take a certificate back',
    },
    crl: {
      usage: '',
      title: 'Certificates: those taken back',
      help: 'the list of certificates that were taken back, PEM',
    },
  },
} as const satisfies Family

const ownFamily = {
  word: 'certificate',
  help: 'certificates with which your chat client logs in',
  commands: {
    'certificate new': {
      usage: '',
      title: 'Get a login certificate',
      help: 'a login certificate for your chat client, for 90 days',
    },
    'certificate revoke': {
      usage: '<serial>',
      title: 'Take back a login certificate',
      labels: { serial: 'Serial number' },
      help: 'take one of your login certificates back',
    },
    certificate: { usage: '', title: 'My login certificates', help: 'your login certificates' },
  },
} as const satisfies Family

/** What both families work with. */
export interface X509Ports {
  /** PEM. */
  authority(): Promise<string>
  /** PEM; `null` as long as there is no authority. */
  certificate(): Promise<string | null>
  pinOf(authority: string): string
  /** DER. */
  revocationList(): Promise<Buffer | null>
  issue(user: UserAddress): Promise<{
    readonly serial: string
    readonly expires: number
    readonly file: Buffer
    readonly passphrase: string
  }>
  list(user: UserAddress | null): Promise<readonly X509Entry[]>
  revoke(serial: string, reason: RevocationReason): Promise<void>
}

export function x509Commands(x509: X509Ports): Command[] {
  return adminCommands(x509Family, {
    async ca() {
      const authority = await x509.authority()
      return `Pin of the key: ${x509.pinOf(authority)}\n${authority}`
    },
    async pin() {
      const authority = await x509.certificate()
      return authority === null ? 'There is no X.509 authority yet; x509 ca makes it.' : x509.pinOf(authority)
    },
    issue: async (_, [user = '']) => issued(x509, parseUserAddress(user)),
    list: async (_, [user]) =>
      certificatesIn(
        await x509.list(user === undefined ? null : parseUserAddress(user)),
        'Nothing is issued.',
      ),
    async revoke(_, [serial = '']) {
      await x509.revoke(serial, 'unspecified')
      return takenBack
    },
    async crl() {
      // An authority with an empty list is better than none for whoever sets up a chat server.
      await x509.authority()
      return encodeFileBlock('X509 CRL', (await x509.revocationList()) ?? Buffer.alloc(0))
    },
  })
}

export function certificateCommands(x509: X509Ports): Command[] {
  return userCommands(ownFamily, {
    'certificate new': user => issued(x509, user, howTo),
    async 'certificate revoke'(user, [serial = '']) {
      const wanted = serial.replaceAll(':', '').toLowerCase()
      const own = await x509.list(user)
      if (!own.some(entry => entry.serial === wanted))
        throw new PluginError(
          'command-invalid',
          'You have no certificate of that serial number; write "certificate" to see yours.',
        )
      await x509.revoke(wanted, 'unspecified')
      return takenBack
    },
    certificate: async user =>
      certificatesIn(await x509.list(user), 'You have no login certificate; "certificate new" makes one.'),
  })
}

const takenBack = 'It is taken back. Chat servers refuse it as soon as they have the new revocation list.'
const howTo =
  'Save the lines between BEGIN and END in a file and decode it: base64 -d file > login.p12. Import that into your chat client with the passphrase. Whoever has both logs in as you: delete this message where your client or your server keeps it.'

async function issued(x509: X509Ports, user: UserAddress, ...after: string[]): Promise<FileAnswer> {
  const { serial, expires, file, passphrase } = await x509.issue(user)
  const before = [
    `A login certificate for ${user} until ${dayOf(expires)}, serial number ${serial}.`,
    `Its passphrase, shown this once: ${passphrase}`,
  ]
  return answerWithFile('Login certificate', before, encodeFileBlock('PKCS12', file), ...after)
}

function certificatesIn(entries: readonly X509Entry[], none: string): CommandAnswer {
  return listed(none, ['Serial number', 'User', 'State'], entries.map(rowOf))
}

function rowOf({ serial, user, expires, revoked }: X509Entry): readonly string[] {
  const state =
    revoked === null ? `until ${dayOf(expires)}` : `taken back ${dayOf(revoked.time)} (${revoked.reason})`
  return [serial, user ?? 'not recorded whose', state]
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}
