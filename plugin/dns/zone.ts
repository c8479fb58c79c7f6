// What a server's zone should have, and its lines (RFC 1035 s5.1, RFC 2782, RFC 4398, RFC 7929, PROTO s9.5).
import { createHash } from 'node:crypto'
import type { Domain } from '../ports.js'
import { recordName } from './names.js'
import { encodeKeyRecord, type KeyRecord } from './record.js'

/** A server's keys as they should stand in DNS. */
export interface ServerKeys {
  readonly domain: Domain
  /** The active one first, then the next one if there is one. */
  readonly records: readonly KeyRecord[]
  /** The active certificate without what changes each week, as raw packets. */
  readonly certificate: Buffer
  /** Public name of the key server, or null where there is none. */
  readonly keyServer: Domain | null
}

/** A record of DNS; `octets` are its data, `text` is the data as a zone file has it. */
export interface ZoneRecord {
  readonly name: string
  readonly type: 'TXT' | 'CERT' | 'OPENPGPKEY' | 'SRV'
  readonly octets: Buffer
  readonly text: string
}

const timeToLive = 3600
// One answer over UDP, the names and the head of the answer included.
const longestData = 1100
const ipgp = 6
const httpsPort = 443

/** Every record that should be there. @throws PluginError `bad-format` for keys that records cannot name */
export function zoneOf({ domain, records, certificate, keyServer }: ServerKeys): ZoneRecord[] {
  const [active] = records
  const texts = records.map((record): ZoneRecord => {
    const strings = splitText(encodeKeyRecord(record))
    return {
      name: recordName(domain),
      type: 'TXT',
      octets: Buffer.from(strings.join('')),
      text: strings.map(string => `"${string}"`).join(' '),
    }
  })
  const cert = active === undefined ? [] : [certRecord(domain, active, keyServer)]
  const key = certificate.length <= longestData ? [keyRecord(domain, certificate)] : []
  const service = keyServer === null ? [] : [serviceRecord(domain, keyServer)]
  return [...texts, ...cert, ...key, ...service]
}

/** The line of a zone file. */
export function zoneLine({ name, type, text }: ZoneRecord): string {
  return `${name}. ${timeToLive} IN ${type} ${text}`
}

// RFC 1035 s3.3: a string of DNS has at most 255 octets. Records have no sign that would need escaping but these two.
function splitText(text: string): string[] {
  const strings = text.match(/.{1,255}/g) ?? []
  return strings.map(string => string.replace(/["\\]/g, sign => `\\${sign}`))
}

// RFC 4398 s2.1, s3.3: the fingerprint without its version, and where the key is; key tag and algorithm are 0.
function certRecord(domain: Domain, { fingerprint }: KeyRecord, keyServer: Domain | null): ZoneRecord {
  const digits = Buffer.from(fingerprint.slice(2), 'hex')
  const place =
    keyServer === null
      ? ''
      : `https://${keyServer}/pks/lookup?op=get&options=mr&search=0x${fingerprint.slice(2)}`
  const data = Buffer.concat([Buffer.of(digits.length), digits, Buffer.from(place)])
  const head = Buffer.of(0, ipgp, 0, 0, 0)
  const name = `openpgp-ca.${domain}`
  return {
    name,
    type: 'CERT',
    octets: Buffer.concat([head, data]),
    text: `IPGP 0 0 ${data.toString('base64')}`,
  }
}

// RFC 7929 s3: the name is from the local part of the certificate's address.
function keyRecord(domain: Domain, certificate: Buffer): ZoneRecord {
  const label = createHash('sha256').update('openpgp-ca').digest('hex').slice(0, 56)
  const name = `${label}._openpgpkey.${domain}`
  return { name, type: 'OPENPGPKEY', octets: certificate, text: certificate.toString('base64') }
}

function serviceRecord(domain: Domain, keyServer: Domain): ZoneRecord {
  const labels = keyServer.split('.').map(label => Buffer.from(label))
  const target = labels.flatMap(label => [Buffer.of(label.length), label])
  return {
    name: `_pgpkey-https._tcp.${domain}`,
    type: 'SRV',
    octets: Buffer.concat([Buffer.of(0, 0, 0, 1, httpsPort >> 8, httpsPort & 0xff), ...target, Buffer.of(0)]),
    text: `0 1 ${httpsPort} ${keyServer}.`,
  }
}
