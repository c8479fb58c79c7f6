// Messages on their way, in memory.
import type {
  DeliveryStore,
  IncomingPart,
  IncomingState,
  OutgoingEntry,
  VisitedEntry,
} from '../../plugin/ports.js'

/** A part of the store that lives in memory. */
export function createMemoryDeliveries(): DeliveryStore {
  const conversations = new Map<string, { conversation: Buffer; next: number }>()
  const outgoing = new Map<string, OutgoingEntry>()
  const incoming = new Map<string, IncomingState>()
  const parts = new Map<string, IncomingPart>()
  const done = Promise.resolve()
  const hex = (octets: Buffer, ...numbers: number[]) => [octets.toString('hex'), ...numbers].join(' ')
  const partsOf = (name: Buffer) => [...parts.values()].filter(part => part.name.equals(name))

  return {
    ...createMemoryVisited(),
    loadConversation: name => Promise.resolve(conversations.get(hex(name)) ?? null),
    addOutgoing(name, entry) {
      const { conversation, sequence } = entry
      outgoing.set(hex(conversation, sequence), entry)
      conversations.set(hex(name), { conversation, next: sequence + 1 })
      return done
    },
    listOutgoing() {
      const entries = [...outgoing.values()].sort((one, other) => one.sequence - other.sequence)
      return Promise.resolve(
        entries.map(({ conversation, sequence, accepted }) => ({ conversation, sequence, accepted })),
      )
    },
    loadOutgoing: (conversation, sequence) =>
      Promise.resolve(outgoing.get(hex(conversation, sequence))?.sealed ?? null),
    replaceOutgoing(conversation, sequence, sealed) {
      const entry = outgoing.get(hex(conversation, sequence))
      if (entry) outgoing.set(hex(conversation, sequence), { ...entry, sealed })
      return done
    },
    removeOutgoing: (conversation, sequence) =>
      Promise.resolve(void outgoing.delete(hex(conversation, sequence))),
    loadIncoming: name => Promise.resolve(incoming.get(hex(name)) ?? null),
    saveIncoming: (name, state) => Promise.resolve(void incoming.set(hex(name), state)),
    addPart(part) {
      const key = hex(part.name, part.sequence, part.parts, part.part)
      if (!parts.has(key)) parts.set(key, part)
      return done
    },
    listParts(name, from) {
      const wanted = partsOf(name).filter(({ sequence }) => sequence >= from)
      return Promise.resolve(
        wanted.sort((one, other) => one.sequence - other.sequence || one.part - other.part),
      )
    },
    removeParts(name, before) {
      for (const { sequence, parts: count, part } of partsOf(name))
        if (sequence < before) parts.delete(hex(name, sequence, count, part))
      return done
    },
    listIncoming() {
      const names = new Map([...parts.values()].map(({ name }) => [hex(name), name]))
      return Promise.resolve([...names.values()])
    },
    forgetConversations() {
      for (const part of [conversations, parts]) part.clear()
      return done
    },
  }
}

function createMemoryVisited(): Pick<DeliveryStore, 'saveVisited' | 'listVisited' | 'removeVisited'> {
  const visited = new Map<string, VisitedEntry>()
  return {
    saveVisited: entry => Promise.resolve(void visited.set(entry.name.toString('hex'), entry)),
    listVisited: () => Promise.resolve([...visited.values()]),
    removeVisited: name => Promise.resolve(void visited.delete(name.toString('hex'))),
  }
}
