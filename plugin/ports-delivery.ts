// What the plugin needs kept of messages on their way; part of ports.ts, by which everybody imports it.

/** A message on its way out, by its place in its conversation. */
export interface OutgoingEntry {
  /** 16 octets. */
  readonly conversation: Buffer
  readonly sequence: number
  /** When the host handed it over, milliseconds. */
  readonly accepted: number
  readonly sealed: Buffer
}

/** A part of a message that has come in and is not shown yet. */
export interface IncomingPart {
  /** Name of the conversation here, 16 octets. */
  readonly name: Buffer
  readonly sequence: number
  readonly part: number
  readonly parts: number
  /** Milliseconds. */
  readonly arrived: number
  readonly sealed: Buffer
}

/** Where a conversation is that comes in. */
export interface IncomingState {
  /** Number of the message that is shown next; all before it are done with. */
  readonly next: number
  /** Whether that one was being handed to the host. */
  readonly showing: boolean
  /** Of those before it, some of the last that were not shown, and why: their senders may not have heard it yet. */
  readonly unshown: readonly Unshown[]
}

/** A message that was not shown, or perhaps not. */
export interface Unshown {
  readonly sequence: number
  readonly outcome: 'recipient-unknown' | 'refused' | 'unsure'
}

/** A conversation that came in for a visitor, until his home knows of it. */
export interface VisitedEntry {
  /** As in `IncomingPart`. */
  readonly name: Buffer
  readonly sealed: Buffer
}

/** Messages on their way, so that none is lost or shown twice. Names are 16 octets and tell nobody who writes to whom. */
export interface DeliveryStore {
  /** A conversation that goes out: its name on the wire and the number of its next message. */
  loadConversation(name: Buffer): Promise<{ conversation: Buffer; next: number } | null>
  /** Keeps a message, durably, as the newest of the conversation of that name. */
  addOutgoing(name: Buffer, entry: OutgoingEntry): Promise<void>
  /** All that go out, in the order of their numbers, without what is sealed. */
  listOutgoing(): Promise<Omit<OutgoingEntry, 'sealed'>[]>
  loadOutgoing(conversation: Buffer, sequence: number): Promise<Buffer | null>
  replaceOutgoing(conversation: Buffer, sequence: number, sealed: Buffer): Promise<void>
  removeOutgoing(conversation: Buffer, sequence: number): Promise<void>
  loadIncoming(name: Buffer): Promise<IncomingState | null>
  saveIncoming(name: Buffer, state: IncomingState): Promise<void>
  /** Keeps a part, durably; one that is there already stays. */
  addPart(part: IncomingPart): Promise<void>
  /** Parts of messages of a conversation from that number on, in order. */
  listParts(name: Buffer, from: number): Promise<IncomingPart[]>
  /** Forgets parts of messages before that number. */
  removeParts(name: Buffer, before: number): Promise<void>
  /** Names of all conversations that have parts. */
  listIncoming(): Promise<Buffer[]>
  /** Keeps, durably, or replaces. */
  saveVisited(entry: VisitedEntry): Promise<void>
  listVisited(): Promise<VisitedEntry[]>
  removeVisited(name: Buffer): Promise<void>
  /**
   * Forgets the names and numbers of conversations that go out, and parts that came in. Messages that wait to go out stay, and so
   * does which ones were shown.
   */
  forgetConversations(): Promise<void>
}
