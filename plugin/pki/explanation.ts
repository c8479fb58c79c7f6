// A verdict with its path, in words: the one source for chat, the command line and the page of a key (docs/pki.md).
import { homeOf, parseDomain, parseUserAddress } from '../addresses.js'
import { printFingerprint } from '../fingerprint.js'
import type { Domain, Fingerprint, RingEntry, RingStore } from '../ports.js'
import type { CertifiedSpan } from './certified-span.js'
import type { Directory } from './directory.js'
import { distrustWords } from './distrust-words.js'
import type { Distrust } from './trust.js'
import { dayInWords } from '../time-words.js'

export interface Explanation {
  /** Why it is not trusted now, `null` when it is. */
  readonly reason: Distrust | null
  /** Whether it is trusted, since when and by which path, what ends next; or why not. Sentences without the name. */
  readonly words: string
}

/** Of a name, which may have no key here. */
export interface NameExplanation {
  readonly fingerprint: Fingerprint | null
  readonly trusted: boolean
  /** Begins with the name. */
  readonly words: string
}

export interface Explainer {
  entry(entry: RingEntry): Promise<Explanation>
  /** @param name an address of a user, or a domain. @throws PluginError `bad-format` */
  name(name: string): Promise<NameExplanation>
}

export interface ExplainerOptions {
  readonly domain: Domain
  readonly ring: RingStore
  readonly directory: Directory
  /** What DNS says of the key of a server, as the end of "DNS …". */
  readonly dnsWords: (domain: Domain, fingerprint: Fingerprint) => Promise<string>
}

/** One step of a path: who vouches, and what for. */
interface Step {
  readonly words: string
  readonly since: number
  readonly ends: readonly { readonly what: string; readonly at: number }[]
}

export function createExplainer(options: ExplainerOptions): Explainer {
  const entry = (of: RingEntry): Promise<Explanation> => explain(options, of)
  return {
    entry,
    async name(name) {
      const kind = name.includes('@') ? 'user' : 'server'
      const subject = kind === 'user' ? parseUserAddress(name) : parseDomain(name)
      const found = await options.ring.find(kind, subject)
      if (!found) return { fingerprint: null, trusted: false, words: await unknown(options, kind, subject) }
      const { reason, words } = await entry(found)
      return { fingerprint: found.fingerprint, trusted: reason === null, words: `${subject}: ${words}` }
    },
  }
}

async function explain(options: ExplainerOptions, entry: RingEntry): Promise<Explanation> {
  const reason = await options.directory.doubt(entry)
  if (reason !== null) return { reason, words: await distrust(options, entry, reason) }
  const steps = await stepsTo(options, entry)
  if (steps.length === 0) return { reason, words: 'trusted: it is this server itself.' }
  const since = Math.max(...steps.map(step => step.since))
  const path = steps.map(({ words }) => words).join(', ')
  return { reason, words: `trusted since ${dayInWords(since)}: ${path}. ${nextEnd(steps)}` }
}

// From the key to this server. The own server needs nobody who vouches for it.
async function stepsTo(options: ExplainerOptions, entry: RingEntry): Promise<Step[]> {
  if (entry.kind === 'server')
    return entry.domain === options.domain ? [] : [await serverStep(options, entry)]
  const user = await userStep(options, entry)
  const server = entry.domain === options.domain ? null : await options.ring.find('server', entry.domain)
  return server ? [user, await serverStep(options, server, 'whose key ')] : [user]
}

async function userStep({ domain, directory }: ExplainerOptions, entry: RingEntry): Promise<Step> {
  const span = await directory.certified(entry)
  const issuer = entry.domain === domain ? `${domain}, this server,` : entry.domain
  return stepOf(`certified by ${issuer}`, `the certification by ${entry.domain}`, 'the key of the user', span)
}

async function serverStep(
  { directory, dnsWords }: ExplainerOptions,
  entry: RingEntry,
  lead = '',
): Promise<Step> {
  const { domain, fingerprint } = entry
  const span = await directory.certified(entry)
  const what = `the countersignature of ${domain}`
  const step = stepOf(`${lead}this server countersigned`, what, `the key of ${domain}`, span)
  const pin = directory.pinned(domain) === fingerprint ? ', pinned by the admin' : ''
  return { ...step, words: `${step.words}, DNS ${await dnsWords(domain, fingerprint)}${pin}` }
}

function stepOf(words: string, what: string, key: string, span: CertifiedSpan | null): Step {
  // Certified by a key that the present one has replaced.
  if (span === null) return { words, since: 0, ends: [] }
  const ends = [{ what, at: span.until }]
  if (span.keyEnds !== null) ends.push({ what: key, at: span.keyEnds })
  return { words: `${words} on ${dayInWords(span.since)}`, since: span.since, ends }
}

function nextEnd(steps: readonly Step[]): string {
  const [next] = steps.flatMap(({ ends }) => ends).sort((one, other) => one.at - other.at)
  return next ? `Next to end: ${next.what}, on ${dayInWords(next.at)}.` : ''
}

async function distrust(options: ExplainerOptions, entry: RingEntry, reason: Distrust): Promise<string> {
  const words = `not trusted: ${await reasonWords(options, entry, reason)}.`
  const server = reason === 'authority-invalid' ? await options.ring.find('server', entry.domain) : null
  if (!server) return words
  const why = await options.directory.doubt(server)
  return why === null ? words : `${words} Of ${entry.domain}: ${await reasonWords(options, server, why)}.`
}

async function reasonWords(
  { directory }: ExplainerOptions,
  entry: RingEntry,
  reason: Distrust,
): Promise<string> {
  const words = distrustWords(entry.kind, reason)
  if (reason === 'certification-ended') {
    const span = await directory.certified(entry)
    return span ? `${words} (on ${dayInWords(span.until)})` : words
  }
  const suspension = reason === 'suspended' ? await directory.suspensions.of(entry.domain) : null
  if (!suspension) return words
  const { shown, place, since, known } = suspension
  return `${words} (since ${dayInWords(since)}, the key ${printFingerprint(shown)} at ${place}; known is ${printFingerprint(known)})`
}

async function unknown(
  { domain, ring }: ExplainerOptions,
  kind: 'server' | 'user',
  subject: string,
): Promise<string> {
  if (kind === 'server') return `${subject}: no key is known here; the two servers have never federated.`
  const home = homeOf(parseUserAddress(subject))
  const isKnown = home === domain || (await ring.find('server', home)) !== null
  return isKnown
    ? `${subject}: no key is known here. A key is made when the user writes "help" to P3DO the first time.`
    : `${subject}: no key is known here, because ${home} and this server have never federated.`
}
