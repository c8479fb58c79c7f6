// Servers tell each other which key they see of a third one while it shows another key than the known one (PROTO s9.9).
import * as v from 'valibot'
import { parseDomain } from '../addresses.js'
import type { Alarm } from '../alarms.js'
import { PluginError } from '../errors.js'
import { parseFingerprint } from '../fingerprint.js'
import { clockTolerance } from '../openpgp/index.js'
import type { Cancel, Clock, Counters, Domain } from '../ports.js'
import { parseReceived } from '../received.js'
import { every } from '../repeat.js'
import type { Peer } from './contacts.js'
import type { Directory } from './directory.js'
import type { Federation } from './federation.js'
import { createKeyDisputes, type KeyDisputes, type View } from './key-disputes.js'

export interface KeyWitnessOptions {
  readonly domain: Domain
  readonly federation: Federation
  readonly directory: Directory
  readonly alarm: Alarm
  readonly clock: Clock
  readonly counters: Counters
}

interface Listening extends KeyWitnessOptions {
  readonly disputes: KeyDisputes
}

const tellEvery = 3_600_000

const time = v.pipe(v.number(), v.integer(), v.minValue(0))
const view = {
  fingerprint: v.pipe(v.string(), v.maxLength(64), v.transform(parseFingerprint)),
  since: time,
  seen: time,
}
const seenRequest = v.strictObject({
  server: v.pipe(v.string(), v.maxLength(255), v.transform(parseDomain)),
  ...view,
})
const seenAnswer = v.union([v.strictObject({}), v.strictObject(view)])

/** Answers peers; tells them of every server that is suspended here, and takes their view of it, until that is over. */
export function startKeyWitnesses(given: KeyWitnessOptions): Cancel {
  const { federation, directory, clock, domain: own } = given
  const disputes = createKeyDisputes(given, server => ownView(given, server))
  const options = { ...given, disputes }
  federation.serve('seen', async (peer, body) => {
    const { server, ...theirs } = parseReceived(seenRequest, body)
    const isPeer = federation.choices().some(({ domain }) => domain === server)
    if (server === own || server === peer.domain || !isPeer) return {}
    await take(options, peer, server, theirs)
    const ours = await ownView(options, server)
    if (ours && ours.fingerprint !== theirs.fingerprint) federation.lookAgain(server)
    return ours ?? {}
  })
  const tellAll = async (): Promise<void> => {
    for (const { domain } of await directory.suspensions.all())
      await Promise.all(federation.peers().map(peer => tellOne(options, peer, domain)))
  }
  directory.suspensions.onChange(({ kind }) => {
    if (kind === 'suspended') void tellAll()
    return Promise.resolve()
  })
  const stopTelling = every(clock, tellEvery, tellAll)
  return () => {
    stopTelling()
    disputes.stop()
  }
}

async function tellOne(options: Listening, peer: Peer, server: Domain): Promise<void> {
  const ours = await ownView(options, server)
  if (!ours || peer.domain === server) return
  try {
    const answer = await options.federation.ask(peer, 'seen', { server, ...ours })
    const theirs = parseReceived(seenAnswer, answer)
    if ('fingerprint' in theirs) await take(options, peer, server, theirs)
  } catch {
    options.counters.count('peers not told of a key')
  }
}

// Of whom nothing is in doubt here, nothing is kept; it is looked at, and others say again every hour what they see.
async function take(options: Listening, { domain: witness }: Peer, domain: Domain, theirs: View) {
  const { directory, disputes, clock, counters } = options
  if (theirs.since > theirs.seen || theirs.seen > clock.now() + clockTolerance)
    throw new PluginError('bad-format', 'A peer says that it saw a key at a time that can not be.')
  disputes.heard(witness, domain, theirs)
  if (!(await directory.suspensions.of(domain))) return
  counters.count('statements about keys of others')
  await directory.suspensions.heard({ domain, witness, ...theirs })
}

async function ownView({ directory, federation }: KeyWitnessOptions, server: Domain): Promise<View | null> {
  const suspension = await directory.suspensions.of(server)
  if (suspension) return { fingerprint: suspension.shown, since: suspension.since, seen: suspension.seen }
  const known = await directory.server(server)
  const sight = federation.sightOf(server)
  return known && sight ? { fingerprint: known.fingerprint, ...sight } : null
}
