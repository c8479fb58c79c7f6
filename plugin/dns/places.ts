// Where the records of a domain say that its key is to be had, or its plugin answers (PROTO s9.5).
import type { Domain } from '../ports.js'
import type { Consultation } from './consultation.js'
import { activeRecord } from './names.js'

const scheme = 'xmpp:'

/** Places to fetch the active key from, the best first. */
export function fetchablePlaces({ records }: Pick<Consultation, 'records'>): readonly string[] {
  return pointersOf(records).filter(pointer => !pointer.startsWith(scheme))
}

/**
 * Pointer to the plugin of the domain, or null. One outside the domain needs proof: whoever can forge an answer could
 * otherwise put himself into the place of the server without any trace on the way to it.
 */
export function pluginPlace(domain: Domain, { records, security }: Consultation): string | null {
  const all = pointersOf(records).filter(pointer => pointer.startsWith(scheme))
  const isInside = (pointer: string): boolean => {
    const host = pointer.slice(scheme.length)
    return host === domain || host.endsWith(`.${domain}`)
  }
  return all.find(pointer => security === 'secure' || isInside(pointer)) ?? null
}

function pointersOf(records: Consultation['records']): readonly string[] {
  return activeRecord(records)?.pointers ?? []
}
