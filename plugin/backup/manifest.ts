// The first member of a backup: whose it is, from when, and how the rest is to be read.
import * as v from 'valibot'
import { parseDomain } from '../addresses.js'
import { PluginError } from '../errors.js'
import type { Domain } from '../ports.js'

export interface Manifest {
  readonly domain: Domain
  /** When the database was copied, milliseconds. */
  readonly time: number
}

const version = 1
const head = v.looseObject({ format: v.literal('p3do-backup'), version: v.pipe(v.number(), v.integer()) })
const body = v.looseObject({ domain: v.string(), time: v.pipe(v.number(), v.integer(), v.minValue(0)) })

export function encodeManifest({ domain, time }: Manifest): Buffer {
  return Buffer.from(`${JSON.stringify({ format: 'p3do-backup', version, domain, time }, null, 2)}\n`)
}

/** @throws PluginError `backup-invalid`, also for one of a newer version */
export function parseManifest(octets: Buffer): Manifest {
  const read = parseJson(octets)
  const form = v.safeParse(head, read)
  if (!form.success) throw refused('is not of P3DO')
  if (form.output.version > version)
    throw refused('was written by a newer version of P3DO; restore it with that version')
  const content = v.safeParse(body, read)
  if (!content.success) throw refused('does not say whose it is')
  return { domain: parseDomain(content.output.domain), time: content.output.time }
}

function parseJson(octets: Buffer): unknown {
  try {
    return JSON.parse(octets.toString())
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function refused(what: string): PluginError {
  return new PluginError('backup-invalid', `The backup ${what}; nothing was restored.`)
}
