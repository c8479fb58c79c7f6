// What an admin decides about the other key that a suspended server shows (PROTO s9.8).
import { PluginError } from '../errors.js'
import type { Domain, Fingerprint, Suspension } from '../ports.js'
import type { Shelf } from './shelf.js'

/** See `Directory.approve`. */
export async function approve(shelf: Shelf, domain: Domain, fingerprint: Fingerprint): Promise<void> {
  const suspension = await suspended(shelf, domain)
  if (shelf.pins.has(domain))
    throw refused(
      `The key of ${domain} is pinned; put the new fingerprint where the old one stands: in federation.peers, or with peers add.`,
    )
  if (suspension.shown !== fingerprint)
    throw refused(
      `${domain} does not show that key, but ${suspension.shown}. Approve only what its admin read to you.`,
    )
  await shelf.suspensions.allow(domain, fingerprint, 'approved')
}

/** See `Directory.reject`. */
export async function reject(shelf: Shelf, domain: Domain): Promise<Fingerprint> {
  const { shown, known } = await suspended(shelf, domain)
  const at = shelf.clock.now()
  await shelf.ring.addChange({ domain, replaced: shown, successor: known, how: 'rejected', at })
  await shelf.suspensions.allow(domain, shown, null)
  return shown
}

async function suspended({ suspensions }: Shelf, domain: Domain): Promise<Suspension> {
  const suspension = await suspensions.of(domain)
  if (suspension) return suspension
  throw refused(`${domain} is not suspended; there is nothing to decide. See peers list.`)
}

function refused(message: string): PluginError {
  return new PluginError('command-invalid', message)
}
