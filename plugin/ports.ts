// What the plugin needs from outside, in contexts, cells, users and messages; adapters implement it.
// Addresses are opaque here: only the adapter that made one reads it (design: an XMPP room is one carrier of many).

import type { PluginError } from './errors.js'
import type { AccountLink, AccountStore } from './ports-accounts.js'
import type { Carrier } from './ports-carrier.js'
import type { CommandDesk } from './ports-commands.js'
import type { DeliveryStore } from './ports-delivery.js'
import type { DnsStore } from './ports-dns.js'
import type { KeyChangeStore } from './ports-key-changes.js'
import type { Ask, Mark } from './ports-marks.js'
import type { ContextStore, OnionStore } from './ports-mor.js'
import type { RoutingLink, RoutingStore } from './ports-transparent.js'
import type { VisitorLink } from './ports-visitors.js'
import type { PeerStore } from './ports-peers.js'
import type { PresenceLink, PresenceStore } from './ports-presence.js'
import type { VisitStore } from './ports-visits.js'
import type { RoomLink, RoomStore } from './ports-rooms.js'
import type { PseudonymStore } from './ports-pseudonyms.js'
import type { X509Store } from './ports-x509.js'

export type { AccountLink, AccountMark, AccountStore, ListedKey } from './ports-accounts.js'
export type { Carrier, Hear, Voice } from './ports-carrier.js'
export type {
  CommandAnswer,
  CommandDesk,
  CommandField,
  FileAnswer,
  FilledIn,
  Listing,
  OfferedCommand,
} from './ports-commands.js'
export type { DnsLookup, DnsSecurity, DnsSeen, DnsStore, DnsTexts } from './ports-dns.js'
export type { KeyChange, KeyChangeStore, KeySighting, Suspension } from './ports-key-changes.js'
export type { Ask, Mark, MarkKind } from './ports-marks.js'
export type { RoutingLink, RoutingRule, RoutingScope, RoutingStore } from './ports-transparent.js'
export type { Reception, VisitorLink } from './ports-visitors.js'
export type { ContextStore, OnionStore } from './ports-mor.js'
export type { PeerStore, StoredPeer } from './ports-peers.js'
export type { PresenceLink, PresenceStore } from './ports-presence.js'
export type { VisitStore } from './ports-visits.js'
export type { RoomChanged, RoomInvitation, RoomLink, RoomOwners, RoomStore } from './ports-rooms.js'
export type { PseudonymEntry, PseudonymStore } from './ports-pseudonyms.js'
export type * from './ports-x509.js'

declare const brand: unique symbol
type Brand<Name extends string> = string & { readonly [brand]: Name }

/** Domain of a host server in its normalised form, e.g. `a.example`. Made by `parseDomain`. */
export type Domain = Brand<'Domain'>
/** Bare, normalised address of a user, e.g. `alice@a.example`. Made by `parseUserAddress`. */
export type UserAddress = Brand<'UserAddress'>
/** Versioned fingerprint of an OpenPGP certificate: `04` and 40 lower-case hex digits. */
export type Fingerprint = Brand<'Fingerprint'>
/** Where a context is spoken, opaque (over XMPP: a room address). */
export type ContextAddress = Brand<'ContextAddress'>
/** Under which address this server's listeners join others' contexts, opaque. */
export type ListenerAddress = Brand<'ListenerAddress'>
/** Where a server's plugin answers other plugins, opaque (over XMPP: the component's domain). */
export type PeerAddress = Brand<'PeerAddress'>

/** Under which a contact, or the plugin itself, stands in the contact lists of local users, opaque. */
export type ListedAddress = Brand<'ListedAddress'>

/** Takes back what the call that returned it set up. Calling it again does nothing. */
export type Cancel = () => void

/** Time, so that tests and simulations can run on a virtual one. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number
  /** Milliseconds since some moment. Nobody sets it, unlike `now`: it measures what passes while the program runs. */
  steady(): number
  /** Runs `run` once, `delay` milliseconds from now. */
  after(delay: number, run: () => void): Cancel
}

/** Randomness; cryptographic everywhere but in seeded simulations. */
export interface Random {
  octets(length: number): Buffer
  /** An integer in `[0, limit)`. */
  below(limit: number): number
  /** An exponentially distributed number with this mean. */
  exponential(mean: number): number
}

/** Requests between the plugins of two servers: octets in, octets out, at most 262,144 either way. */
export interface PeerLink {
  readonly address: PeerAddress
  /** Where the plugin of a server answers unless somebody says otherwise. */
  usualAddress(domain: Domain): PeerAddress
  /** @throws PluginError `peer-unreachable`, `peer-refused` */
  ask(peer: PeerAddress, request: Uint8Array): Promise<Uint8Array>
  /** The address that a pointer in DNS names, like `xmpp:p3do.b.example`; null for one of another kind of host. */
  addressAt(pointer: string): PeerAddress | null
  /** Sets who answers. What it throws reaches the asker as `peer-refused`, without the reason. */
  answer(handler: (from: PeerAddress, request: Uint8Array) => Promise<Uint8Array>): void
}

/** A chat message between a user of this server and a contact; `contact` null is the plugin itself. */
export interface ChatMessage {
  readonly user: UserAddress
  readonly contact: UserAddress | null
  /** The pseudonym of the user that speaks, or is spoken to; his account where it is absent. */
  readonly as?: UserAddress
  readonly body: string
  /** What its sender's client calls the message. */
  readonly id?: string
  /** The message of the same sender that this one corrects, by its `id`. */
  readonly replaces?: string
  /** Of what is shown: a name of its own, under which the host shows nothing twice. */
  readonly once?: string
  /** The user writes to the contact at the contact's own address, and is shown him there. */
  readonly transparent?: boolean
  /**
   * A message that clients encrypt and open themselves (over XMPP: OX), opaque here, at most 196,608 octets; `body` is
   * then what a client shows that can not open it.
   */
  readonly sealed?: Buffer
  /** None where it is absent. */
  readonly asks?: readonly Ask[]
}

/** A public key for clients to find. */
export interface ShownKey {
  readonly fingerprint: Fingerprint
  /** Raw packets. */
  readonly certificate: Buffer
  /** When it last changed, milliseconds: clients fetch a newer one again. */
  readonly changed: number
}

/** Messages of this server's users. */
export interface UserLink {
  /** The address under which the plugin itself chats. */
  readonly address: UserAddress
  /** The contact for whom an address stands that a client of any server wrote to; `null` for none. */
  contactOf(address: string): UserAddress | null
  /**
   * Shows the user a message as coming from the contact; resolves when the host has it, rejects when it may not have it.
   * @throws PluginError `host-unreachable`
   */
  deliver(message: ChatMessage): Promise<void>
  /**
   * Whether the host shows nothing under a `once` that it had already, also after a new start of the plugin.
   * @throws PluginError `host-unreachable`
   */
  dropsRepeats(): Promise<boolean>
  /**
   * Tells the user that what he said to the contact some time ago does not arrive; resolves when the host has it.
   * @throws PluginError `host-unreachable`
   */
  fail(message: Omit<ChatMessage, 'body'>, reason: PluginError): Promise<void>
  /**
   * Sets who takes what local users say. A PluginError it throws is shown to the user as the host's kind of error.
   * It resolves once the message is accepted.
   */
  receive(handler: (message: ChatMessage) => Promise<void>): void
  /** Tells the user's client what became of his message, as from the contact. @throws PluginError `host-unreachable` */
  mark(mark: Mark): Promise<void>
  /** Sets who takes what local users' clients tell of messages that they were shown. */
  receiveMarks(handler: (mark: Mark) => Promise<void>): void
  /** Sets who tells local users' clients the key of a contact; `contact` null is the plugin itself. */
  showKeys(handler: (contact: UserAddress | null) => Promise<ShownKey>): void
  /** Sets who offers commands to local users as forms (over XMPP: ad-hoc commands). */
  offerCommands(desk: CommandDesk): void
}

/** A chat server that the plugin is attached to. */
export interface Host {
  readonly carrier: Carrier
  readonly rooms: RoomLink
  readonly peers: PeerLink
  readonly users: UserLink
  readonly accounts: AccountLink
  readonly routing: RoutingLink
  readonly presence: PresenceLink
  readonly visitors: VisitorLink
  /** Connects; resolves when the host has accepted the plugin. @throws PluginError `host-refused`, `host-unreachable` */
  start(): Promise<void>
  /** Calls when the host refuses the plugin later, after which nothing is tried again. */
  onRefused(handler: (reason: PluginError) => void): void
  /** Gives up the connection, and makes a new one. */
  reconnect(): void
  stop(): Promise<void>
}

/** A certificate that this server keeps: its own, a peer's, a user's. */
export interface RingEntry {
  readonly fingerprint: Fingerprint
  /** `a.example` for a server, `alice@a.example` for a user; the fingerprint for a key that was replaced. */
  readonly subject: string
  /** `ended`: a user's key that was revoked, or taken back, before another one took its place. */
  readonly kind: 'server' | 'user' | 'ended'
  /** Domain whose authority it belongs to. */
  readonly domain: Domain
  /** The transferable public key as raw packets. */
  readonly certificate: Buffer
  /** When it last changed here, milliseconds; also the cursor of ring exchange. */
  readonly changed: number
}

export interface RingStore {
  find(kind: RingEntry['kind'], subject: string): Promise<RingEntry | null>
  /** Entries by their time of change, oldest first; of a domain or of all, at most so many where that is given. */
  list(
    kind: RingEntry['kind'],
    domain: Domain | null,
    changedAfter: number,
    most?: number,
  ): Promise<RingEntry[]>
  /** Fingerprints of entries that changed last in `[from, to)`, by the time of change, at most so many. */
  changedBetween(from: number, to: number, most: number): Promise<Fingerprint[]>
  /** Entries that have a key of that ID, 16 lower-case hex digits. Key IDs can collide; at most 16 entries are given. */
  withKey(keyId: string): Promise<RingEntry[]>
  /**
   * Inserts, or replaces the entry of the same kind and subject.
   * @param keyIds of all its keys, for `withKey`; of the primary key alone where left out
   */
  put(entry: RingEntry, keyIds?: readonly string[]): Promise<void>
}

/** What a key server shows of a certificate besides its octets. Times are in seconds since 1970. */
export interface KeyDescription {
  readonly fingerprint: Fingerprint
  /** Number of the algorithm (RFC 9580 s9.1). */
  readonly algorithm: number
  readonly bits: number | null
  readonly created: number
  /** `null` where it does not end. */
  readonly expires: number | null
  readonly state: 'valid' | 'revoked' | 'expired' | 'unsigned'
  /** `trusted`: this one is true by the verdict of this server. A verdict is on a user ID and never on a key. */
  readonly userIds: readonly { readonly text: string; readonly created: number; readonly trusted: boolean }[]
  readonly subkeys: readonly Pick<KeyDescription, 'fingerprint' | 'algorithm' | 'bits' | 'created'>[]
  /** Why it is not trusted to be its subject's now, in words; `null` when it is. */
  readonly doubt: string | null
}

/** What became of something that was brought; `reason` says in words why and what to do. */
export interface Submission {
  readonly outcome: 'updated' | 'unchanged' | 'refused' | 'secret' | 'unreadable'
  readonly reason: string
  /** Of the certificate that was brought, `null` where it could not be read. */
  readonly fingerprint: Fingerprint | null
}

/** The certificates of the ring for everyone to ask; adapters speak its protocols. Nothing found is an empty list. */
export interface KeyServer {
  readonly domain: Domain
  readonly fingerprint: Fingerprint
  /** By what people type: `0x` and a fingerprint or key ID, an address, a user ID. @throws PluginError `bad-format` */
  search(text: string): Promise<readonly RingEntry[]>
  /** By 40 hex digits of a fingerprint or 16 of a key ID, of any of its keys. */
  byKey(digits: string): Promise<readonly RingEntry[]>
  /** By exactly a user ID, or the mail address in it. */
  byIdentity(identity: string): Promise<readonly RingEntry[]>
  /** By the hash of the local part of a mail address in that domain, as a Web Key Directory names it. */
  byMailbox(domain: string, hash: string): Promise<readonly RingEntry[]>
  describe(entry: RingEntry): Promise<KeyDescription>
  /** Whether it is trusted, since when and by which path, or why not, in words. */
  explain(entry: RingEntry): Promise<string>
  /** The machine-readable index of HKP. */
  lines(entries: readonly RingEntry[]): Promise<string>
  armor(entries: readonly RingEntry[]): string
  /** The one that is trusted now under exactly that user ID or mail address; none while there is a doubt. */
  canonical(identity: string): Promise<readonly RingEntry[]>
  /** Certificates whose last change was on a day like `2026-06-01` (UTC). @throws PluginError `bad-format` */
  changedOn(day: string): Promise<readonly Fingerprint[]>
  /**
   * Takes what somebody brings, armored or binary. Never throws for what it is.
   * @throws PluginError `queue-full` when too many bring something at once
   */
  submit(received: string | Buffer): Promise<Submission>
  /** Tells a user of this server in chat a token for `claim`. Whoever asked learns nothing, not even whether there is such a user. @throws PluginError `host-unreachable` */
  sendToken(identity: string): Promise<void>
  /** Takes what the user of that user ID brings of his own certificate; `null` where the token is not his. */
  claim(identity: string, token: string, received: string | Buffer): Promise<Submission | null>
}

/** Fetches certificates from places that others name: what it brings is nobody's word yet. */
export interface KeyFetcher {
  /**
   * What `hkps://keys.b.example` or `https://b.example/key` has for a fingerprint, armored or binary, at most 65,536
   * octets; null where it has none.
   * @throws PluginError `host-unreachable`, `bad-format` for a place that cannot be
   */
  fetch(place: string, fingerprint: Fingerprint): Promise<Buffer | null>
  /**
   * What a key server, `hkps://keys.b.example`, has at a path, at most so many octets; null where it has nothing.
   * @throws PluginError as above; `bad-format` also for a place that is no key server
   */
  fetchFile(place: string, path: string, most: number): Promise<Buffer | null>
}

/** Secret keys of hosted users, sealed before they come here. */
export interface HostedKeyStore {
  loadHostedKey(user: UserAddress): Promise<Buffer | null>
  saveHostedKey(user: UserAddress, sealed: Buffer): Promise<void>
  removeHostedKey(user: UserAddress): Promise<void>
}

/** The file that holds this server's secret key, readable by nobody else. */
export interface KeyFile {
  /** `null` when there is none yet. */
  load(): Promise<Buffer | null>
  /** Replaces the file as a whole; resolves when it is safe on disk. */
  save(octets: Buffer): Promise<void>
}

/** A user's own choices. */
export interface RouteStore {
  /** Servers from first hop to last, or null where the user leaves it to chance. */
  loadRoute(user: UserAddress, destination: Domain): Promise<Domain[] | null>
  saveRoute(user: UserAddress, destination: Domain, route: readonly Domain[] | null): Promise<void>
  /** All of the user's. */
  removeRoutes(user: UserAddress): Promise<void>
}

export type * from './ports-delivery.js'

export interface Store
  extends
    OnionStore,
    ContextStore,
    RingStore,
    KeyChangeStore,
    HostedKeyStore,
    RouteStore,
    RoutingStore,
    DeliveryStore,
    DnsStore,
    PeerStore,
    PresenceStore,
    VisitStore,
    RoomStore,
    PseudonymStore,
    AccountStore,
    X509Store {
  close(): Promise<void>
}

/** Where a cell is in its journey; for laboratories only, because it links what MOR unlinks. */
export type Trace = (event: { readonly event: string; readonly [detail: string]: string | number }) => void

/** Counted events; names are fixed words, never addresses. */
export interface Counters {
  count(name: string): void
}

/** Counters that can be read, for whoever tells how the plugin is. */
export interface ReadableCounters extends Counters {
  /** Every name counted so far with its number, by name. */
  snapshot(): Readonly<Record<string, number>>
}

/** The least weight of what is logged. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
