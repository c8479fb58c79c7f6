// What the plugin needs of rooms that people own and let it use as contexts; part of ports.ts, by which everybody imports it.
import type { PluginError } from './errors.js'
import type { ContextAddress, UserAddress } from './ports.js'

/** Somebody of this server asks the plugin into a room. */
export interface RoomInvitation {
  readonly room: ContextAddress
  readonly user: UserAddress
}

/** Who owns a room, as the host has it now. */
export interface RoomOwners {
  /** Without the plugin itself. */
  readonly people: readonly UserAddress[]
  /** The plugin of another server owns it as well: it is that one's context. */
  readonly isForeign: boolean
}

/** @param trouble why a room is no context, or `null` @param owners its people, as the room showed them last */
export type RoomChanged = (trouble: PluginError | null, owners: readonly UserAddress[]) => void

export interface RoomLink {
  /** Whom an owner makes an owner of his room, so that the plugin can use it. */
  readonly speaker: string
  /** The room that somebody names. @throws PluginError `command-invalid` where it can be none of this host */
  parse(text: string): ContextAddress
  /**
   * `null` where the plugin owns the room not, or there is no such room.
   * @throws PluginError `host-unreachable`
   */
  owners(room: ContextAddress): Promise<RoomOwners | null>
  /** What a room is like before it is held, in words for `release` alone, at most 4,096 characters. @throws PluginError `context-refused` */
  describe(room: ContextAddress): Promise<string>
  /**
   * Makes a context of a room and keeps it one until `release`; the carrier then admits, expels and speaks there. `changed` is called
   * whenever it is one, and whenever it is none: it is tried again and again.
   */
  hold(room: ContextAddress, changed: RoomChanged): void
  /** Tries it at once with a held room that is none; `changed` says how that went. */
  retry(room: ContextAddress): void
  /** Makes the room what it was, as far as the plugin still may, owns it no more, and leaves. Never rejects. */
  release(room: ContextAddress, before: string): Promise<void>
  /** Sets who takes invitations. */
  onInvited(handler: (invitation: RoomInvitation) => void): void
}

/** Rooms that are contexts, with what is kept of each, which is sealed before it comes here. */
export interface RoomStore {
  loadRooms(): Promise<{ room: ContextAddress; sealed: Buffer }[]>
  /** Inserts, or replaces. */
  saveRoom(room: ContextAddress, sealed: Buffer): Promise<void>
  removeRoom(room: ContextAddress): Promise<void>
}
