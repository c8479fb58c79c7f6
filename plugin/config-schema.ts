// Every key of p3do.toml: what it means, what it may be, and what it is when left out.
import * as v from 'valibot'
import { parseDomain, parseUserAddress } from './addresses.js'
import { PluginError } from './errors.js'
import { parseFingerprint } from './fingerprint.js'
import { profiles, type ProfileName } from './profiles.js'

/** What the documentation and the error messages say of a key. */
export interface KeyText {
  readonly meaning: string
  /** Completes the sentence "KEY must be …". */
  readonly allowed: string
  /** What stands for a key that is left out; absent where the key is required or the schema has a default. */
  readonly otherwise?: string
}

function text<T>(meaning: string, allowed: string, otherwise?: string) {
  return v.metadata<T, { meaning: string; allowed: string; otherwise?: string }>({
    meaning,
    allowed,
    ...(otherwise === undefined ? {} : { otherwise }),
  })
}

/** A string that one of our parsers takes; its refusal becomes an issue of the schema. */
function parsed<T>(parse: (text: string) => T) {
  return v.pipe(
    v.string(),
    v.rawTransform<string, T>(({ dataset, addIssue, NEVER }) => {
      try {
        return parse(dataset.value)
      } catch (error) {
        if (!(error instanceof PluginError)) throw error
        addIssue({ message: error.message })
        return NEVER
      }
    }),
  )
}

const domain = parsed(parseDomain)
const path = v.pipe(v.string(), v.minLength(1), v.maxLength(4096), v.excludes('\0'))
const integer = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most))
const group = v.pipe(v.string(), v.regex(/^[a-z0-9]{1,32}$/))
const service = v.pipe(v.string(), v.regex(/^xmpp:\/\/(?:\[[0-9a-f:]{2,39}\]|[a-z0-9.-]{1,253}):[0-9]{1,5}$/))

const resolver = /^(?:\[[0-9a-f:.]{2,45}\]|[0-9]{1,3}(?:\.[0-9]{1,3}){3}):[0-9]{1,5}$/

const trustAnchor = /^[0-9]{1,5}:[0-9]{1,3}:(?:2:[0-9A-Fa-f]{64}|4:[0-9A-Fa-f]{96})$/

const peerTable = v.strictObject({
  domain,
  component: v.optional(domain),
  fingerprint: v.optional(parsed(parseFingerprint)),
})
// Chosen by the kind of value, so that a mistake inside a table is named and not only the table.
const peer = v.lazy(input => (typeof input === 'string' ? domain : peerTable))

const server = v.strictObject({
  domain: v.pipe(
    domain,
    text('Domain of the chat server that the plugin is attached to.', 'a domain name like a.example'),
  ),
  component: v.pipe(
    v.optional(domain),
    text(
      "The plugin's own address on that server (XEP-0114).",
      'a domain name like p3do.a.example',
      '`p3do.` and the domain',
    ),
  ),
  host: v.pipe(
    v.optional(v.picklist(['prosody', 'ejabberd']), 'prosody'),
    text('Which chat server it is.', 'prosody or ejabberd'),
  ),
  service: v.pipe(
    v.optional(service, 'xmpp://127.0.0.1:5347'),
    text(
      'Where the chat server takes components. The link has no encryption of its own, so keep it on this machine.',
      'an address with a port like xmpp://127.0.0.1:5347',
    ),
  ),
  rooms: v.pipe(
    v.optional(domain),
    text(
      'Room service of the chat server, where the contexts are spoken.',
      'a domain name like conference.a.example',
      '`conference.` and the domain',
    ),
  ),
  data: v.pipe(
    v.optional(path, './data'),
    text(
      'Folder of the database. The plugin makes it, readable for its own user only.',
      'the path of a folder',
    ),
  ),
  admins: v.pipe(
    v.optional(v.pipe(v.array(parsed(parseUserAddress)), v.maxLength(100)), []),
    text(
      'Users of this server who have the commands for admins in chat; on the command line whoever may read server.data has them.',
      'a list of addresses of users of server.domain like ["alice@a.example"]',
      'nobody',
    ),
  ),
})

const secretFile = (file: string, meaning: string) =>
  v.pipe(
    v.optional(path, file),
    text(`File with ${meaning}`, 'the path of a file; the secret itself never stands here'),
  )

const secrets = v.strictObject({
  component: secretFile('./secrets/component', 'the secret that the chat server asks of the component.'),
  server_key: secretFile('./secrets/server-key', "the server's OpenPGP key. It is made at the first start."),
  seal: secretFile('./secrets/seal', 'the key that seals secrets in the database, 64 hex digits.'),
})

const mor = v.strictObject({
  profile: v.pipe(
    v.optional(v.picklist(Object.keys(profiles) as ProfileName[]), 'default'),
    text(
      'How often the contexts speak and how long onions wait; docs/config.md has a table of the costs.',
      Object.keys(profiles).join(', '),
    ),
  ),
  groups: v.pipe(
    v.optional(v.pipe(v.array(group), v.minLength(1), v.maxLength(4)), ['main']),
    text(
      'Groups of servers whose contexts repeat each other. A server of two groups is a way between them.',
      'a list of 1 to 4 names of 1 to 32 lower-case letters and digits',
    ),
  ),
  contexts: v.pipe(
    v.optional(integer(0, 8), 1),
    text(
      'Own contexts in each group, at most 16 in all groups together. Each costs its bandwidth again, at every listener. With 0, for a room service that lets users alone make rooms, this server speaks in the rooms that their owners lend it (docs/room-admins.md).',
      'a whole number from 0 to 8',
    ),
  ),
  route_length: v.pipe(
    v.optional(integer(2, 4), 3),
    text("Servers on a random route, the recipient's included.", 'a whole number from 2 to 4'),
  ),
  extra_hops: v.pipe(
    v.optional(integer(0, 2), 1),
    text(
      'Hops under context keys that a server adds on the way to the next server.',
      'a whole number from 0 to 2',
    ),
  ),
  loops: v.pipe(
    v.optional(integer(0, 50), 10),
    text(
      'The part of the clocks, in hundredths, that cells take which each server sends to itself to see that they come back; 0 sends none.',
      'a whole number from 0 to 50',
    ),
  ),
  loop_alarm: v.pipe(
    v.optional(integer(10, 95), 60),
    text(
      'Of a hundred such cells over a peer, so many must come back, else the admins are told and random routes avoid it.',
      'a whole number from 10 to 95',
    ),
  ),
})

const delivery = v.strictObject({
  patience: v.pipe(
    v.optional(integer(60, 604_800), 10_800),
    text(
      'Seconds for which a message that nobody acknowledges is sent again. Then its sender is told.',
      'a whole number from 60 to 604800',
    ),
  ),
})

const visits = v.strictObject({
  most: v.pipe(
    v.optional(integer(0, 10_000), 100),
    text(
      'How many users of other servers may visit at a time: whose own server is down goes on here, with an account of this server; 0 lets nobody.',
      'a whole number from 0 to 10000',
    ),
  ),
})

const pseudonyms = v.strictObject({
  most: v.pipe(
    v.optional(integer(0, 1000), 10),
    text(
      'Pseudonyms that each user can have at a time, and make in a day; 0 for none.',
      'a whole number from 0 to 1000',
    ),
  ),
  delay: v.pipe(
    v.optional(integer(1, 86_400), 3600),
    text(
      'Seconds within which a new pseudonym is made known to other servers, at a random time in the last three quarters of them, so that the moment does not tell whose it is; the end of one takes as long.',
      'a whole number from 1 to 86400',
    ),
  ),
})

const federation = v.strictObject({
  policy: v.pipe(
    v.optional(v.picklist(['open', 'list', 'off']), 'list'),
    text(
      'With whom to federate: "list" with the peers below and those that p3do peers add brings; "open" also with every server that asks, when DNS names its key or says nothing of it; "off" with nobody.',
      'open, list or off',
    ),
  ),
  peers: v.pipe(
    v.optional(v.pipe(v.array(peer), v.maxLength(1000)), []),
    text(
      'Servers to federate with. A fingerprint pins the key that the peer must have at the first contact.',
      'a list of domain names, or of tables like { domain = "b.example", component = "p3do.b.example", fingerprint = "04…" }',
      'no peers',
    ),
  ),
  key_hold_down: v.pipe(
    v.optional(integer(24, 8760), 72),
    text(
      'Hours for which a suspended peer must show the same other key, and other servers see it, before it is taken without an admin. Without a quorum it never is.',
      'a whole number from 24 to 8760',
    ),
  ),
  key_quorum: v.pipe(
    v.optional(integer(0, 1000), 0),
    text(
      'How many other peers, chosen by an admin, must see that key all the time; DNS must name it, too. With 0 nothing but p3do peers approve lets it in: who sits in front of a server shows his key to all its peers alike.',
      'a whole number from 0 to 1000',
    ),
  ),
})

const dns = v.strictObject({
  resolver: v.pipe(
    v.optional(v.pipe(v.string(), v.regex(resolver))),
    text(
      'Who is asked for the records of peers, and by p3do dns check for the own ones.',
      'an address with a port like 127.0.0.1:53',
      'the resolvers of the machine',
    ),
  ),
  trust_anchors: v.pipe(
    v.optional(v.pipe(v.array(v.pipe(v.string(), v.regex(trustAnchor))), v.maxLength(8)), []),
    text(
      'Keys of the DNS root that sign the records of peers (DNSSEC). Only a laboratory with a root of its own needs it.',
      'a list like "20326:8:2:E06D…", the parts of a DS record: key tag, algorithm, digest type, digest',
      'the keys of the root zone as IANA publishes them',
    ),
  ),
  key_server: v.pipe(
    v.optional(domain),
    text(
      'Public name of the key server of [http], with TLS on port 443. p3do dns prints records that point there.',
      'a domain name like keys.a.example',
      'no record points to a key server',
    ),
  ),
})

const listenAt = /^(?:\[[0-9a-f:.]{2,45}\]|[a-z0-9.-]{1,253}):[0-9]{1,5}$/

const http = v.strictObject({
  listen: v.pipe(
    v.optional(v.pipe(v.string(), v.regex(listenAt))),
    text(
      'Where the key server answers. Without http.certificate it speaks no TLS: put a proxy of this machine in front of it.',
      'an address with a port like 127.0.0.1:11371',
      'there is no key server',
    ),
  ),
  certificate: v.pipe(
    v.optional(path),
    text(
      'File with the certificate for the names of the key server, and those that lead to its authority, PEM. With it TLS 1.3 is spoken. A new one is taken up within a minute.',
      'the path of a file',
      'there is no TLS',
    ),
  ),
  certificate_key: v.pipe(
    v.optional(path),
    text(
      'File with the private key of http.certificate, PEM, without a passphrase and with mode 0600.',
      'the path of a file; required with http.certificate',
      'there is no TLS',
    ),
  ),
})

const loopback = /^(?:\[::1\]|localhost|127(?:\.[0-9]{1,3}){3}):[0-9]{1,5}$/

const metrics = v.strictObject({
  listen: v.pipe(
    v.optional(v.pipe(v.string(), v.regex(loopback))),
    text(
      'Where a monitoring system of this machine reads figures, at /metrics in the text format of Prometheus; docs/operations.md explains them.',
      'an address of this machine alone with a port like 127.0.0.1:9119',
      'they are read nowhere',
    ),
  ),
})

const log = v.strictObject({
  level: v.pipe(
    v.optional(v.picklist(['debug', 'info', 'warn', 'error']), 'info'),
    text('The least weight of what is logged.', 'debug, info, warn or error'),
  ),
  journey: v.pipe(
    v.optional(path),
    text(
      'File for every step of every message. For laboratories only: it links what onion routing unlinks.',
      'the path of a file',
      'nothing is written',
    ),
  ),
})

/** The whole file, section by section. */
export const configSchema = v.strictObject({
  server,
  secrets: v.optional(secrets, {}),
  mor: v.optional(mor, {}),
  delivery: v.optional(delivery, {}),
  visits: v.optional(visits, {}),
  pseudonyms: v.optional(pseudonyms, {}),
  federation: v.optional(federation, {}),
  dns: v.optional(dns, {}),
  http: v.optional(http, {}),
  metrics: v.optional(metrics, {}),
  log: v.optional(log, {}),
})

/** The sections themselves, for whoever walks over all keys. */
export const sections = {
  server,
  secrets,
  mor,
  delivery,
  visits,
  pseudonyms,
  federation,
  dns,
  http,
  metrics,
  log,
}
export type SectionName = keyof typeof sections
