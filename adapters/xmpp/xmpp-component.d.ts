// The part of @xmpp/component 0.13.1 that the link uses; the package brings no typings.
declare module '@xmpp/component' {
  import type { EventEmitter } from 'node:events'
  import type { Socket } from 'node:net'
  import type { Element } from 'ltx'

  /** An error that the server ended the stream with (RFC 6120 s4.9). */
  export interface StreamError extends Error {
    readonly condition: string
  }

  export interface Entity extends EventEmitter {
    /** Milliseconds that `open` waits; 0 is for ever. */
    timeout: number
    readonly socket: Socket | null
    readonly parser: {
      write(text: string): void
      readonly root: Element | null
      /** The innermost element that is open. */
      readonly cursor: Element | null
    } | null
    readonly reconnect: { stop(): void }
    connect(service: string): Promise<void>
    open(options: { domain: string }): Promise<Element>
    _onSeeOtherHost(error: StreamError): void
    on(event: 'connect', listener: () => void): this
    on(event: 'element', listener: (element: Element) => void): this
    on(event: 'error' | 'close' | 'disconnect', listener: (detail: unknown) => void): this
  }

  export function component(options: { service: string; domain: string; password: string }): Entity
}
