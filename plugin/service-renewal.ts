// What is looked after every hour: keys and certifications that end, and login certificates.
import type { Directory, ServerIdentity } from './pki/index.js'
import type { Log } from './ports.js'
import type { X509 } from './x509/index.js'

interface RenewalOptions {
  readonly log: Log
}

/** Renews what is about to end of the server's own keys and of what it certified. Never rejects. */
export async function renew(
  { log }: RenewalOptions,
  identity: ServerIdentity,
  directory: Directory,
): Promise<void> {
  try {
    await identity.renew()
    await directory.takeOver()
    await directory.publishServer()
  } catch (error) {
    log.error({ err: error }, 'Keys or certifications could not be renewed; trying again in an hour.')
  }
}

/** Looks over login certificates. Never rejects. */
export async function review({ log }: RenewalOptions, x509: X509): Promise<void> {
  try {
    await x509.review()
  } catch (error) {
    log.error({ err: error }, 'X.509 certificates could not be looked over; trying again in an hour.')
  }
}
