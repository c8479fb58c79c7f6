// Federation: certificates are exchanged, each server signs the other's, then both answer each other's requests (PROTO s9).
import * as v from 'valibot'
import { parseDomain } from '../addresses.js'
import { PluginError } from '../errors.js'
import type { Cancel, Domain, Fingerprint, PeerAddress } from '../ports.js'
import { parseReceived } from '../received.js'
import { certificateRequest, createContacts, introductionRequest } from './contacts.js'
import type { ContactOptions, Contacts, Peer, PeerChoice, Sight, SilentPeer } from './contacts.js'
import type { Directory } from './directory.js'
import { openRequest, wrapAnswer, wrapRequest, type Party } from './requests.js'
import { createTelling, type Telling } from './telling.js'
import { createTold } from './told.js'

/** Answers a request; what it throws is a plain refusal for the asker. */
export type RequestHandler = (peer: Peer, body: unknown) => Promise<object>

export interface Federation {
  /** This server as others know it; another one after a change of its key. */
  readonly self: Fingerprint
  /** Those that are ready, and not suspended since. */
  peers(): readonly Peer[]
  /** Calls for each peer that becomes ready, also again after a suspension. */
  onReady(handler: (peer: Peer) => void): void
  /** Calls for each that was ready and is a peer no more: removed or suspended. */
  onGone(handler: (peer: Peer) => void): void
  /** Calls each time that one of them does not answer, with where its records in DNS say that its key is to be had. */
  onSilent(handler: (silent: SilentPeer) => void): void
  /** Those to federate with, ready or not. */
  choices(): readonly PeerChoice[]
  /** Begins to federate with one more. */
  add(choice: PeerChoice): void
  /** Ends it; from now on that server is a stranger. What it countersigned and was countersigned stays as it is. */
  remove(domain: Domain): void
  /** Looks soon, and not more often than once a minute, at the certificate that a peer shows. */
  lookAgain(domain: Domain): void
  /** Since when, and when last, a peer was seen to show the key that is known; `null` where it was not since the start. */
  sightOf(domain: Domain): Sight | null
  /** Looks at once at the certificate that a server shows, if it is one to federate with. */
  lookNow(domain: Domain): void
  /** Meets a server once; `add` it afterwards. @throws PluginError where it is not to be had or not to be accepted */
  meet(choice: PeerChoice): Promise<void>
  /** Sets who answers a server that asks to be met; its domain is what it says. What it throws is a plain refusal. */
  onIntroduced(handler: (from: PeerAddress, domain: Domain) => void): void
  /** Asks a peer. @throws PluginError `peer-unreachable`, `peer-refused`, `bad-format` */
  ask(peer: Peer, request: string, body: object): Promise<unknown>
  /** Sets who answers a request; only countersigned servers get that far. */
  serve(request: string, handler: RequestHandler): void
  /**
   * Tells peers, all unless named, that something changed. Who does not answer is told again for some hours; after that it
   * finds out by its own next question.
   */
  tell(topic: string, peers?: readonly Peer[]): void
  onTold(topic: string, handler: (peer: Peer) => void): void
  /** Begins to connect with the peers of the configuration. */
  start(): void
  stop: Cancel
}

const statementRequest = 0x02
const countersignedBody = v.strictObject({ certificate: v.string() })

/** Sets up federation, and answers peers from now on. */
export function createFederation(options: ContactOptions): Federation {
  const { identity, link, directory } = options
  const told = createTold()
  const handlers = new Map<string, RequestHandler>()
  for (const { domain, fingerprint } of options.choices) directory.pin(domain, fingerprint)
  let introduced: (from: PeerAddress, domain: Domain) => void = refuseStranger
  const contacts = createContacts(options, (peer, request, body) => ask(options, peer, request, body))
  const telling = tellingOf(options, contacts)
  told.on('certificate', ({ domain }) => {
    contacts.lookAgain(domain)
  })

  handlers.set('countersigned', async (peer, body) => {
    const { certificate } = parseReceived(countersignedBody, body)
    await directory.keepCountersignature(peer.domain, Buffer.from(certificate, 'base64'))
    return {}
  })
  handlers.set('told', (peer, body) => {
    told.take(peer, body)
    return Promise.resolve({})
  })
  link.answer(async (from, request) => {
    const octets = Buffer.from(request)
    if (octets[0] !== introductionRequest) return answer(options, handlers, contacts, from, octets)
    try {
      introduced(from, parseIntroduction(octets))
      return octets.subarray(0, 1)
    } catch (error) {
      options.counters.count('requests of strangers refused')
      throw error
    }
  })

  return {
    ...contacts,
    get self() {
      return identity.fingerprint
    },
    add(choice) {
      directory.pin(choice.domain, choice.fingerprint)
      contacts.add(choice)
    },
    remove(domain) {
      contacts.remove(domain)
      directory.pin(domain, null)
    },
    onIntroduced: handler => void (introduced = handler),
    ask: (peer, request, body) => askOrLook(contacts, peer, ask(options, peer, request, body)),
    serve: (request, handler) => void handlers.set(request, handler),
    tell: (topic, peers = contacts.peers()) => {
      telling.tell(topic, peers)
    },
    onTold: told.on,
    stop() {
      telling.stop()
      contacts.stop()
    },
  }
}

// Whoever answers what is no answer of the peer may show another key as well.
async function askOrLook(contacts: Contacts, peer: Peer, answered: Promise<unknown>): Promise<unknown> {
  try {
    return await answered
  } catch (error) {
    const code = error instanceof PluginError ? error.code : null
    if (code === 'peer-refused' || code === 'bad-format') contacts.lookAgain(peer.domain)
    throw error
  }
}

async function ask(options: ContactOptions, peer: Peer, request: string, body: object): Promise<unknown> {
  try {
    return await askOnce(options, peer, request, body)
  } catch (error) {
    // It may have wrapped its answer for a routing key that is gone, as after a restored backup.
    if (error instanceof PluginError && error.code === 'bad-format' && request !== 'told')
      tellOnce(options, peer, 'certificate')
    throw error
  }
}

function tellingOf(options: ContactOptions, contacts: Contacts): Telling {
  return createTelling({
    ...options,
    ask: (peer, topic) => ask(options, peer, 'told', { topic }),
    isPeer: ({ domain }) => contacts.peers().some(peer => peer.domain === domain),
  })
}

// Whoever asks again tells again.
function tellOnce(options: ContactOptions, peer: Peer, topic: string): void {
  ask(options, peer, 'told', { topic }).catch(() => {
    options.counters.count('peers not told')
  })
}

async function askOnce(
  { identity, directory, link, clock }: ContactOptions,
  peer: Peer,
  request: string,
  body: object,
): Promise<unknown> {
  const party = await partyOf(directory, peer.domain)
  if (!party) throw new PluginError('certificate-invalid', 'A peer is not countersigned any more.')
  const { octets, readAnswer } = await wrapRequest(identity, clock, party, request, body)
  const answered = await link.ask(peer.address, Buffer.concat([Buffer.of(statementRequest), octets]))
  return readAnswer(Buffer.from(answered))
}

async function answer(
  options: ContactOptions,
  handlers: ReadonlyMap<string, RequestHandler>,
  contacts: Contacts,
  from: PeerAddress,
  octets: Buffer,
): Promise<Buffer> {
  const { directory, counters } = options
  if (octets.length === 1 && octets[0] === certificateRequest) return directory.presentation()
  const choice = contacts.chosenAt(from)
  const peer = choice ? await partyOf(directory, choice.domain) : null
  if (!peer || octets[0] !== statementRequest) {
    counters.count('requests of strangers refused')
    throw stranger()
  }
  try {
    return await answerPeer(options, handlers, { ...peer, address: from }, octets.subarray(1))
  } catch (error) {
    counters.count('requests of peers refused')
    // Its key may be another one by now, and what it says unreadable for that.
    contacts.lookAgain(peer.domain)
    throw error
  }
}

async function answerPeer(
  { identity, clock }: ContactOptions,
  handlers: ReadonlyMap<string, RequestHandler>,
  peer: Party & { readonly address: PeerAddress },
  statement: Buffer,
): Promise<Buffer> {
  const { id, request, body } = await openRequest(identity, clock, peer, statement)
  const handler = handlers.get(request)
  if (!handler) throw new PluginError('bad-format', 'A peer asked for something unknown.')
  const { domain, address, certificate } = peer
  const answered = await handler({ domain, address, fingerprint: certificate.fingerprint }, body)
  return wrapAnswer(identity, clock, peer, id, answered)
}

async function partyOf(directory: Directory, domain: Domain): Promise<Party | null> {
  const [certificate, ...before] = await directory.signers(domain)
  return certificate ? { domain, certificate, before } : null
}

// One of more octets is no domain.
const longestIntroduction = 256

function parseIntroduction(octets: Buffer): Domain {
  return parseDomain(octets.subarray(1, longestIntroduction).toString('latin1'))
}

function refuseStranger(): never {
  throw stranger()
}

function stranger(): PluginError {
  return new PluginError('not-a-member', 'This server answers only servers that it has countersigned.')
}
