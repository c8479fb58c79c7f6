// The statement as an OX client signs it: the text of a message to the visited server's plugin (XEP-0373 s3.1, PROTO s12.2).
import { parseDomain } from '../addresses.js'
import { orNull } from '../errors.js'
import type { Domain } from '../ports.js'
import { readSigncrypt, type Signcrypt } from '../signcrypt.js'
import { encodeVisitStatement, type VisitStatement } from './statement.js'

/** What the client wrote around the statement; whoever checks it writes the statement itself. */
export interface Frame {
  readonly before: string
  readonly behind: string
}

/** Why a message is no signed statement. */
export type Unfit = 'no-message' | 'other-text' | 'other-address' | 'other-time'

/** How long a visited server waits for the signature, and what servers' clocks may differ by, in milliseconds. */
const [longestWait, latitude] = [3_600_000, 600_000]

/** All that was signed. */
export function framed({ before, behind }: Frame, statement: VisitStatement): string {
  return `${before}${encodeVisitStatement(statement)}${behind}`
}

/** `null` where the statement is not in it, letter by letter. */
export function frameOf(content: string, statement: VisitStatement): Frame | null {
  const text = encodeVisitStatement(statement)
  const at = content.indexOf(text)
  return at === -1 ? null : { before: content.slice(0, at), behind: content.slice(at + text.length) }
}

/** What keeps a message from being the signed statement; `null` where nothing does. */
export function unfitness(content: string, statement: VisitStatement): Unfit | null {
  const message = orNull(() => readSigncrypt(content))
  if (message === null) return 'no-message'
  if (message.body.trim() !== encodeVisitStatement(statement)) return 'other-text'
  if (!message.recipients.some(jid => isOf(statement.server, jid))) return 'other-address'
  return isThen(message, statement) ? null : 'other-time'
}

// Where a server's plugin is, other servers need not know: it is at the server's domain, or below it.
function isOf(server: Domain, jid: string): boolean {
  const domain = domainIn(jid)
  return domain === server || (domain?.endsWith(`.${server}`) ?? false)
}

/** The domain of any address; `null` where there is none. */
export function domainIn(jid: string): Domain | null {
  const [bare = ''] = jid.split('/', 1)
  return orNull(() => parseDomain(bare.slice(bare.lastIndexOf('@') + 1)))
}

function isThen({ stamp }: Signcrypt, { from }: VisitStatement): boolean {
  const time = stamp === null ? null : parseStamp(stamp)
  return time !== null && time >= from - latitude && time <= from + longestWait + latitude
}

// XEP-0082 s3.2. Some clients leave out the colon of the offset.
const dateTime = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?(?:Z|([+-])(\d\d):?(\d\d))$/u

/** Milliseconds; `null` for what is no time. */
function parseStamp(stamp: string): number | null {
  const [, local = '', sign, hours, minutes] = dateTime.exec(stamp) ?? []
  const offset = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * (sign === '-' ? -60_000 : 60_000)
  const time = Date.parse(`${local}Z`) - offset
  return Number.isNaN(time) ? null : time
}
