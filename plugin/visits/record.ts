// A visit as it lies in the store: sealed, because it says who is whom and has secret keys in it.
import * as v from 'valibot'
import { parseUserAddress } from '../addresses.js'
import { parseFingerprint } from '../fingerprint.js'
import { decodeSecretKey, encodeSecretKey, secretOctets, unwrappingKey } from '../openpgp/index.js'
import type { UserAddress, VisitStore } from '../ports.js'
import type { Sealer } from '../sealer.js'
import type { Visit } from './visit.js'

/** A visit, running or over before its time. */
export interface KeptVisit {
  readonly visit: Visit
  readonly isOver: boolean
}

export interface RecordOptions {
  readonly store: VisitStore
  readonly sealer: Sealer
}

const base64 = v.pipe(
  v.string(),
  v.transform(text => Buffer.from(text, 'base64')),
)
const fields = v.strictObject({
  user: v.pipe(v.string(), v.transform(parseUserAddress)),
  account: v.pipe(v.string(), v.transform(parseUserAddress)),
  fingerprint: v.pipe(v.string(), v.transform(parseFingerprint)),
  proof: v.nullable(base64),
  certificate: v.nullable(base64),
  until: v.number(),
  isOver: v.boolean(),
  hasMailbox: v.boolean(),
})

const lengthOctets = 4
const mailboxOctets = 64

/** @throws PluginError `secret-missing` where the seal does not open one */
export async function loadVisits({ store, sealer }: RecordOptions): Promise<KeptVisit[]> {
  const rows = await store.listVisits()
  return rows.map(({ name, sealed }) => {
    const octets = sealer.unseal(labelOf(name), sealed)
    const kept = decode(octets)
    octets.fill(0)
    return kept
  })
}

export async function saveVisit({ store, sealer }: RecordOptions, kept: KeptVisit): Promise<void> {
  const [name, octets] = [nameOf(sealer, kept), encode(kept)]
  await store.saveVisit(name, sealer.seal(labelOf(name), octets))
  octets.fill(0)
}

export async function removeVisit({ store, sealer }: RecordOptions, kept: KeptVisit): Promise<void> {
  await store.removeVisit(nameOf(sealer, kept))
}

// One that runs is found by its account, one that is over by its user: the account may visit as somebody else by then.
function nameOf(sealer: Sealer, { visit: { user, account }, isOver }: KeptVisit): Buffer {
  const subject: UserAddress = isOver ? user : account
  return sealer.name(`${isOver ? 'past visit' : 'visit'} ${subject}`)
}

function labelOf(name: Buffer): string {
  return `visit ${name.toString('hex')}`
}

// Secrets are octets behind the text, which can be cleared.
function encode({ visit, isOver }: KeptVisit): Buffer {
  const { user, account, fingerprint, proof, certificate, until, key, mailbox } = visit
  const text = {
    ...{ user, account, fingerprint, until, isOver, hasMailbox: mailbox !== null },
    proof: proof?.toString('base64') ?? null,
    certificate: certificate?.toString('base64') ?? null,
  } satisfies v.InferInput<typeof fields>
  const front = Buffer.from(JSON.stringify(text))
  const length = Buffer.alloc(lengthOctets)
  length.writeUInt32BE(front.length)
  const secrets = [
    ...(mailbox ? [mailbox.octets, secretOctets(mailbox)] : []),
    key ? encodeSecretKey(key) : [],
  ]
  const pieces = secrets.map(piece => Buffer.from(piece))
  const octets = Buffer.concat([length, front, ...pieces])
  for (const piece of pieces) piece.fill(0)
  return octets
}

function decode(octets: Buffer): KeptVisit {
  const end = lengthOctets + octets.readUInt32BE(0)
  const text = octets.subarray(lengthOctets, end).toString()
  const { isOver, hasMailbox, ...rest } = v.parse(fields, JSON.parse(text))
  // The octets are cleared afterwards, and what is read from them would be, too.
  const secrets = Buffer.from(octets.subarray(end))
  const mailbox = hasMailbox
    ? unwrappingKey(
        secrets.subarray(0, mailboxOctets / 2),
        secrets.subarray(mailboxOctets / 2, mailboxOctets),
      )
    : null
  const key = secrets.subarray(hasMailbox ? mailboxOctets : 0)
  return { visit: { ...rest, mailbox, key: key.length > 0 ? decodeSecretKey(key) : null }, isOver }
}
