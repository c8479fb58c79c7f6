// How the plugin speaks and listens in contexts; part of ports.ts, by which everybody imports it.
import type { Cancel, ContextAddress, ListenerAddress } from './ports.js'

/** One of those who may speak in a context that is listened to, as the host shows him. */
export interface Voice {
  readonly name: string
  /** Since when he has had that name there without a break, as far as the listener can know; by the steady clock. */
  readonly since: number
}

/** Takes a frame that somebody spoke who may; in a room that people lend, its owners may as well. */
export type Hear = (frame: string, voice: Voice) => void

/** Carries frames from a context's one speaker to its listeners. May lose any frame; promises no order. */
export interface Carrier {
  readonly listener: ListenerAddress
  /**
   * Opens an own context under `name` (lower-case letters and digits) or takes it up again, and resolves once
   * the host has shown it to be closed, silent for everyone else and without history. Keeps it open until `close`.
   * @throws PluginError `context-refused` where the host does not grant that
   */
  open(name: string): Promise<ContextAddress>
  /** Lets a listener of another server in, or throws it out. */
  admit(context: ContextAddress, listener: ListenerAddress): Promise<void>
  expel(context: ContextAddress, listener: ListenerAddress): Promise<void>
  /** Who is let into an own context, as the host has it, also from before the start. */
  admitted(context: ContextAddress): Promise<readonly ListenerAddress[]>
  /** Speaks one frame in an own context. `false`: the host took it not, and it is lost. */
  speak(context: ContextAddress, frame: string): boolean
  /** The name under which it speaks in an own context now; `null` while it is not there. In a lent room another one each time it comes. */
  voice(context: ContextAddress): string | null
  /**
   * Listens until cancelled, joining again whenever the host forgot us. Unread frames may be lost.
   * @throws PluginError `bad-format` for what can be no context's address
   */
  listen(context: ContextAddress, hear: Hear): Cancel
  close(context: ContextAddress): Promise<void>
}
