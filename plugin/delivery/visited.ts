// Conversations that came in for visitors, kept until their home has been told of them (PROTO s12.6).
import * as v from 'valibot'
import { parseDomain, parseUserAddress } from '../addresses.js'
import { PluginError } from '../errors.js'
import type { DeliveryStore, UserAddress } from '../ports.js'
import type { Sealer } from '../sealer.js'
import { incomingName, type VouchedParcel } from './receiver.js'

/** A conversation that came in for a visitor. */
export interface VisitedConversation extends Pick<VouchedParcel, 'sender' | 'conversation' | 'server'> {
  /** The visitor. */
  readonly recipient: UserAddress
  /** Under which proof he was here. */
  readonly proof: Buffer
}

export interface Visited {
  /** Keeps, durably, that something of a conversation came in. @throws PluginError `too-many-requests` */
  note(conversation: VisitedConversation): Promise<void>
  all(): readonly VisitedConversation[]
  forget(conversation: VisitedConversation): Promise<void>
  /** Takes up what an earlier start left. */
  start(): Promise<void>
}

export interface VisitedOptions {
  readonly store: Pick<DeliveryStore, 'saveVisited' | 'listVisited' | 'removeVisited'>
  readonly sealer: Sealer
}

// A visitor has no more contacts who write to him within days; nobody else shall fill the disk.
const mostOfVisitor = 1000

const octets = (coding: 'hex' | 'base64') =>
  v.pipe(
    v.string(),
    v.transform(text => Buffer.from(text, coding)),
  )
const address = v.pipe(v.string(), v.transform(parseUserAddress))
const fields = v.strictObject({
  sender: address,
  recipient: address,
  server: v.pipe(v.string(), v.transform(parseDomain)),
  conversation: octets('hex'),
  proof: octets('base64'),
})

export function createVisited({ store, sealer }: VisitedOptions): Visited {
  const known = new Map<string, VisitedConversation>()
  const nameOf = (conversation: VisitedConversation): Buffer => incomingName(sealer, conversation)
  const ofVisitor = (user: UserAddress): number =>
    [...known.values()].filter(({ recipient }) => recipient === user).length
  return {
    async note(conversation) {
      const name = nameOf(conversation)
      if (known.get(name.toString('hex'))?.proof.equals(conversation.proof)) return
      if (ofVisitor(conversation.recipient) >= mostOfVisitor) throw tooMany()
      await store.saveVisited({ name, sealed: sealer.seal(labelOf(name), encode(conversation)) })
      known.set(name.toString('hex'), conversation)
    },
    all: () => [...known.values()],
    async forget(conversation) {
      const name = nameOf(conversation)
      await store.removeVisited(name)
      known.delete(name.toString('hex'))
    },
    async start() {
      for (const { name, sealed } of await store.listVisited()) {
        const text = sealer.unseal(labelOf(name), sealed).toString()
        known.set(name.toString('hex'), v.parse(fields, JSON.parse(text)))
      }
    },
  }
}

function encode({ sender, recipient, server, conversation, proof }: VisitedConversation): Buffer {
  const text = { conversation: conversation.toString('hex'), proof: proof.toString('base64') }
  return Buffer.from(
    JSON.stringify({ sender, recipient, server, ...text } satisfies v.InferInput<typeof fields>),
  )
}

function labelOf(name: Buffer): string {
  return `visited ${name.toString('hex')}`
}

function tooMany(): PluginError {
  return new PluginError('too-many-requests', 'Too many people write to a visitor.')
}
