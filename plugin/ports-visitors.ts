// Users of other servers who log in at this host with a TLS client certificate of their own server; part of ports.ts.
import type { UserAddress } from './ports.js'

/** Who decides on visitors; both reject with a PluginError whose message the visitor is shown. */
export interface Reception {
  /** Whose a certificate, DER, is; the host has seen that whoever shows it has its key. Changes nothing. */
  recognise(certificate: Buffer): Promise<UserAddress>
  /** The holder of that certificate is about to be logged in as that account. */
  welcome(certificate: Buffer, account: UserAddress): Promise<void>
}

/** The part of the host that lets visitors in. It makes an account of its own for each of their addresses. */
export interface VisitorLink {
  receive(reception: Reception): void
  /** Logs a visitor's account out on all its devices. Does nothing where the host has no part for visitors. @throws PluginError `host-unreachable` */
  close(account: UserAddress): Promise<void>
}
