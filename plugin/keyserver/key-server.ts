// The parts of the key server put together behind its port.
import { armorCertificates } from '../openpgp/index.js'
import type { Directory, Explainer } from '../pki/index.js'
import type { Clock, Domain, Fingerprint, KeyServer, Random, RingStore, UserLink } from '../ports.js'
import type { Work } from '../work.js'
import { createClaims } from './claims.js'
import { describeKey } from './description.js'
import { indexLines } from './index-lines.js'
import {
  findByIdentity,
  findByKey,
  findByMailbox,
  findBySearch,
  findCanonical,
  findChangedOn,
} from './lookup.js'
import { createSubmissions } from './submission.js'
import { createVerdicts, remembered } from './verdicts.js'

export interface KeyServerOptions {
  readonly domain: Domain
  /** This server, whose fingerprint changes with its key. */
  readonly identity: { readonly fingerprint: Fingerprint }
  readonly ring: RingStore
  readonly directory: Directory
  readonly explainer: Pick<Explainer, 'entry'>
  readonly work: Work
  readonly clock: Clock
  readonly random: Random
  readonly users: Pick<UserLink, 'deliver'>
}

/** Made by the service; the HTTP adapter asks it. */
export function createKeyServer(given: KeyServerOptions): KeyServer {
  const { domain, ring } = given
  const options = { ...given, doubt: createVerdicts(given.directory, given.clock) }
  const explain = remembered(given.explainer.entry, given.clock)
  const submit = createSubmissions(options)
  return {
    domain,
    get fingerprint() {
      return given.identity.fingerprint
    },
    search: text => findBySearch(options, text),
    byKey: digits => findByKey(ring, digits),
    byIdentity: identity => findByIdentity(options, identity),
    byMailbox: (asked, hash) => findByMailbox(options, asked, hash),
    describe: entry => describeKey(options, entry),
    explain: async entry => (await explain(entry)).words,
    lines: async entries => indexLines(await Promise.all(entries.map(entry => describeKey(options, entry)))),
    armor: entries => armorCertificates(Buffer.concat(entries.map(({ certificate }) => certificate))),
    canonical: identity => findCanonical(options, identity),
    changedOn: date => findChangedOn(ring, date),
    submit: received => submit(received),
    ...createClaims(options, submit),
  }
}
