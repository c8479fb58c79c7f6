// What a peer's records in DNS add to a contact with it (PROTO s9.5): they may refuse a key that nothing is known of, doubt
// one that is known, name the plugin's address, and lead to the certificate where the peer itself does not answer.
import {
  activeRecord,
  consult,
  ensureNamed,
  fetchablePlaces,
  pluginPlace,
  remember,
  type Consultation,
  type Witnesses,
} from '../dns/index.js'
import { PluginError } from '../errors.js'
import { dearmorCertificates, parseCertificate, type Certificate } from '../openpgp/index.js'
import type { Counters, Domain, Fingerprint, KeyFetcher, Log, PeerAddress, PeerLink } from '../ports.js'
import type { PeerChoice } from './contacts.js'
import type { Directory } from './directory.js'

export interface RecordOptions extends Witnesses {
  readonly directory: Directory
  readonly link: PeerLink
  readonly fetcher: KeyFetcher
  readonly counters: Counters
  readonly log: Log
}

/** What DNS says for a contact, and whether it is what the contact rests on. */
export interface Heard {
  /** Null where it does not answer, or cannot be relied on. */
  readonly said: Consultation | null
  /** Nothing is known of the peer, neither from the admin nor from an earlier contact. */
  readonly isFirst: boolean
}

/** Asks DNS before a contact. @throws PluginError `certificate-invalid` for a first contact that must not be made */
export async function hearRecords(options: RecordOptions, choice: PeerChoice): Promise<Heard> {
  const isFirst = choice.fingerprint === null && !(await options.directory.hasMet(choice.domain))
  try {
    return { said: await consult(options, choice.domain), isFirst }
  } catch (error) {
    if (!(error instanceof PluginError)) throw error
    if (error.code === 'host-unreachable') silent(options, choice.domain, isFirst, error)
    else {
      alarm(options, choice.domain, error)
      if (isFirst) throw error
    }
    return { said: null, isFirst }
  }
}

/** Holds the key that a stranger shows against its records. @throws PluginError `certificate-invalid` */
export function ensureRecorded({ said, isFirst }: Heard, fingerprint: Fingerprint): void {
  if (isFirst && said !== null) ensureNamed(said.records, fingerprint)
}

/** After a contact: the records' number counts from now on if they name the known key; if not, and not one that handed over to it, the admin is told. */
export async function compareRecords(
  options: RecordOptions,
  domain: Domain,
  { said }: Heard,
  fingerprint: Fingerprint,
): Promise<void> {
  if (said === null) return
  const active = activeRecord(said.records)
  // Its zone lags behind its key; that a key handed over is worth more than what DNS says.
  const isBehind = active !== null && (await options.directory.handedOver(domain, active.fingerprint))
  const others = isBehind ? said.records.filter(record => record !== active) : said.records
  try {
    ensureNamed(others, fingerprint)
  } catch (error) {
    if (!(error instanceof PluginError)) throw error
    const words = 'DNS names another key for a peer than the known one, or names that one as past.'
    const advice = 'DNS alone changes nothing, so the known key stays; ask its admin which one is right.'
    alarm(options, domain, new PluginError(error.code, `${words} ${advice}`))
    return
  }
  if (!isBehind) await remember(options, domain, said)
  else
    options.log.info(
      { peer: domain },
      'DNS still names the key of a peer that handed over to the present one.',
    )
}

/** Where the plugin answers: the admin's word, else what the records say, else the usual place. */
export function addressOf({ link }: RecordOptions, choice: PeerChoice, { said }: Heard): PeerAddress {
  if (choice.isUsual !== true || said === null) return choice.address
  const place = pluginPlace(choice.domain, said)
  return (place === null ? null : link.addressAt(place)) ?? choice.address
}

/**
 * Takes up the certificate of a peer that does not answer from the places that its records name. Only a key that is
 * pinned, known, or named by signed records: nothing else speaks for it here.
 */
export async function takeUpFetched(options: RecordOptions, choice: PeerChoice, heard: Heard): Promise<void> {
  const { directory, counters, log } = options
  const { said } = heard
  // A copy of the known certificate says nothing about who shows another one.
  if (said === null || (await directory.suspensions.of(choice.domain))) return
  const known = choice.fingerprint ?? (await directory.server(choice.domain))?.fingerprint
  const proven = said.security === 'secure' ? activeRecord(said.records)?.fingerprint : undefined
  const fingerprint = known ?? (heard.isFirst ? proven : undefined)
  if (fingerprint === undefined) return
  for (const place of fetchablePlaces(said)) {
    const certificate = await fetched(options, place, fingerprint)
    if (certificate === null) continue
    await directory.meetServer(choice.domain, certificate)
    counters.count('certificates fetched')
    log.info(
      { peer: choice.domain },
      'A peer does not answer; its certificate came from a place that its records in DNS name.',
    )
    return
  }
}

async function fetched(
  { fetcher, counters }: RecordOptions,
  place: string,
  fingerprint: Fingerprint,
): Promise<Certificate | null> {
  try {
    const octets = await fetcher.fetch(place, fingerprint)
    const certificate = octets === null ? null : parseCertificate(binary(octets))
    if (certificate?.fingerprint === fingerprint) return certificate
  } catch (error) {
    if (!(error instanceof PluginError)) throw error
  }
  counters.count('certificates not fetched')
  return null
}

// A packet begins with a set bit, armor does not (RFC 9580 s4.2).
function binary(octets: Buffer): Buffer {
  const isPacket = ((octets[0] ?? 0) & 0x80) !== 0
  return isPacket ? octets : dearmorCertificates(octets.toString('latin1'))
}

// Whoever can silence DNS can also empty it; the first contact rests on the link alone then.
function silent({ counters, log }: RecordOptions, peer: Domain, isFirst: boolean, error: PluginError): void {
  counters.count('dns look-ups failed')
  if (isFirst) log.warn({ peer }, `A peer is met without a look into DNS: ${error.message}`)
}

function alarm({ counters, log }: RecordOptions, peer: Domain, { message }: PluginError): void {
  counters.count('dns answers doubted')
  log.warn({ peer }, message)
}
