// When another key may be taken though neither the known one nor an admin says so: after a time, with others who see it (PROTO s9.9).
import { activeRecord } from '../dns/index.js'
import type { Clock, Domain, Fingerprint, KeySighting, Suspension } from '../ports.js'
import type { PeerChoice } from './contacts.js'
import type { Directory } from './directory.js'
import type { Heard } from './records.js'
import { freshFor } from './suspensions.js'

export interface KeyPolicy {
  /** How long the key must have been shown, and seen by the others, milliseconds. */
  readonly holdDown: number
  /** How many other servers must see it; with 0 nothing but an admin lets it in. */
  readonly quorum: number
}

export interface HoldDownOptions {
  readonly directory: Directory
  readonly keyPolicy: KeyPolicy
  readonly clock: Clock
}

/** Looked at in each contact with a suspended server, so that a conflicting word stops it to the last. */
export async function considerHoldDown(
  options: HoldDownOptions,
  choices: readonly PeerChoice[],
  domain: Domain,
  shown: Fingerprint,
  heard: Heard,
): Promise<void> {
  const { suspensions } = options.directory
  const suspension = await suspensions.of(domain)
  if (suspension?.shown !== shown || suspension.allowed === 'approved') return
  const isOver =
    isOutwaited(options, suspension, heard) && (await isSeenByOthers(options, choices, suspension))
  if (isOver !== (suspension.allowed === 'outwaited'))
    await suspensions.allow(domain, shown, isOver ? 'outwaited' : null)
}

// DNS alone lets nothing in, but what it does not name stays out.
function isOutwaited(
  { directory, keyPolicy }: HoldDownOptions,
  { domain, shown, seenFor }: Suspension,
  { said }: Heard,
): boolean {
  if (keyPolicy.quorum === 0 || seenFor < keyPolicy.holdDown || directory.pinned(domain) !== null)
    return false
  return said !== null && activeRecord(said.records)?.fingerprint === shown
}

async function isSeenByOthers(
  { directory, keyPolicy, clock }: HoldDownOptions,
  choices: readonly PeerChoice[],
  { domain, shown, since }: Suspension,
): Promise<boolean> {
  const counted: { readonly witness: Domain; readonly fingerprint: Fingerprint }[] = []
  for (const sighting of await directory.suspensions.sightings(domain)) {
    const { witness } = sighting
    const isChosen = choices.some(choice => choice.domain === witness && choice.asked !== true)
    const certificate = isChosen && !isAkin(witness, domain) ? await directory.server(witness) : null
    if (!certificate) continue
    // It looked when this server saw the other key already, and sees something else.
    if (sighting.fingerprint !== shown && sighting.seen >= since) return false
    const isNew = counted.every(
      other => other.fingerprint !== certificate.fingerprint && !isAkin(other.witness, witness),
    )
    if (isNew && hasSeenLong(sighting, shown, keyPolicy.holdDown, clock.now()))
      counted.push({ witness, fingerprint: certificate.fingerprint })
  }
  return counted.length >= keyPolicy.quorum
}

// By its own word and by what was heard here: nobody can say afterwards that it saw the key all the time.
function hasSeenLong(sighting: KeySighting, shown: Fingerprint, holdDown: number, now: number): boolean {
  const { fingerprint, since, heardSince, heard } = sighting
  return fingerprint === shown && now - heard <= freshFor && now - Math.max(since, heardSince) >= holdDown
}

// A domain and what lies below it have one owner; their words are one.
function isAkin(one: Domain, other: Domain): boolean {
  return one === other || one.endsWith(`.${other}`) || other.endsWith(`.${one}`)
}
