// Users' certificates go to every peer ahead of need, so that no look-up shows who is about to write to whom (PROTO s9.4).
import * as v from 'valibot'
import { createAgenda } from '../agenda.js'
import { PluginError } from '../errors.js'
import { around, retryAfter } from '../pauses.js'
import type { Cancel, Clock, Counters, Domain, Fingerprint, Log, Random, RingStore, Trace } from '../ports.js'
import { parseReceived } from '../received.js'
import type { Peer } from './contacts.js'
import type { Directory } from './directory.js'
import type { Federation } from './federation.js'
import { createHastenedAsking } from './hastened-asking.js'

export interface RingExchangeOptions {
  readonly domain: Domain
  readonly federation: Federation
  readonly directory: Directory
  readonly ring: RingStore
  readonly clock: Clock
  readonly random: Random
  readonly counters: Counters
  readonly trace: Trace
  readonly log: Log
}

const cursor = v.pipe(v.number(), v.integer(), v.minValue(0))
const keysRequest = v.strictObject({ after: cursor })
const keysAnswer = v.strictObject({ certificates: v.array(v.string()), cursor, more: v.boolean() })
// With base64, JSON and padding a batch stays well under the 262,144 octets of an answer.
const batchOctets = 128 * 1024
const batchUsers = 256
// What is left is asked for next time, so that no peer can keep this server asking for ever.
const mostBatches = 64
const askEvery = 10 * 60_000
const firstRetry = 10_000

/** Answers peers' questions for this server's users, and asks peers for theirs: when ready, told or missed, soon after a failure, and regularly. */
export function startRingExchange(options: RingExchangeOptions): Cancel {
  const { federation, directory, clock, random } = options
  const cursors = new Map<Fingerprint, number>()
  const failed = new Map<Domain, number>()
  const fetch = async (peer: Peer): Promise<void> => {
    const failures = failed.get(peer.domain) ?? 0
    failed.delete(peer.domain)
    let pause = around(askEvery, random)
    try {
      const asOf = clock.steady()
      if (await fetchAll(options, peer, cursors)) directory.missing.shown(peer.domain, asOf)
      haste.answered(peer.domain)
    } catch (error) {
      options.counters.count('ring exchanges failed')
      options.log.info(
        { peer: peer.domain, err: error },
        'The users of a peer could not be fetched; trying again later.',
      )
      failed.set(peer.domain, failures + 1)
      pause = retryAfter(failures, firstRetry, askEvery, random)
    }
    agenda.plan(peer, pause)
  }
  const agenda = createAgenda<Peer>(clock, ({ domain }) => domain, fetch)
  const haste = createHastenedAsking({ ...options, peers: federation.peers, plan: agenda.plan })
  directory.missing.onMissed(missed => {
    const isPeer = federation.choices().some(({ domain }) => domain === missed)
    if (isPeer) haste.missed(missed)
    return isPeer
  })
  federation.serve('keys', (_, body) => batchAfter(options, parseReceived(keysRequest, body).after))
  federation.onReady(peer => {
    agenda.plan(peer, 0)
    // A peer that was ready earlier has asked already, and missed what was new since.
    federation.tell('keys', [peer])
  })
  federation.onTold('keys', peer => {
    agenda.plan(peer, random.below(200))
  })
  return () => {
    agenda.stop()
    haste.stop()
  }
}

async function batchAfter(
  { domain, ring }: RingExchangeOptions,
  after: number,
): Promise<v.InferOutput<typeof keysAnswer>> {
  const entries = await ring.list('user', domain, after, batchUsers)
  let octets = 0
  const batch = entries.filter(({ certificate }) => (octets += certificate.length) <= batchOctets)
  return {
    certificates: batch.map(({ certificate }) => certificate.toString('base64')),
    cursor: batch.at(-1)?.changed ?? after,
    more: batch.length < entries.length || entries.length === batchUsers,
  }
}

/** Whether that was all. */
async function fetchAll(
  options: RingExchangeOptions,
  peer: Peer,
  cursors: Map<Fingerprint, number>,
): Promise<boolean> {
  let more = true
  for (let batch = 0; more && batch < mostBatches; batch++) {
    const after = cursors.get(peer.fingerprint) ?? 0
    const answer = parseReceived(keysAnswer, await options.federation.ask(peer, 'keys', { after }))
    for (const certificate of answer.certificates)
      await keep(options, peer, Buffer.from(certificate, 'base64'))
    if (answer.certificates.length > 0) options.trace({ event: 'fetched keys', peer: peer.domain })
    more = answer.more && answer.cursor > after
    cursors.set(peer.fingerprint, answer.cursor)
  }
  return !more
}

// One bad certificate is the peer's mistake with one user; the others are kept.
async function keep({ directory, counters }: RingExchangeOptions, peer: Peer, octets: Buffer): Promise<void> {
  try {
    await directory.keepUser(peer.domain, octets)
  } catch (error) {
    if (!(error instanceof PluginError)) throw error
    counters.count('certificates of peers refused')
  }
}
