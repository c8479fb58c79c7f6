// What visitors read, there and at home.
import { domainOf } from '../addresses.js'
import { printFingerprint } from '../fingerprint.js'
import { armorMessage } from '../openpgp/index.js'
import type { ProvenVisit } from './proof.js'
import { encodeVisitStatement, type VisitStatement } from './statement.js'
import type { Visit, VisitEnd } from './visit.js'
import type { UserAddress } from '../ports.js'
import { minuteInWords } from '../time-words.js'

export const noVisit =
  'Nobody visits with this account. Write "visit begin" and the address of your own account to begin.'

/** What to do for a visit. @param copy of the mailbox key, encrypted */
export function asked(statement: VisitStatement, copy: Buffer | null, isHomeUp: boolean): string {
  const { user, until, key } = statement
  return [
    `To visit as ${user}, until ${minuteInWords(until)} at the longest, sign the following lines with your own key within an hour.`,
    ...(isHomeUp ? [homeUp] : []),
    `With gpg: save them in a file and run: gpg --local-user ${printFingerprint(key)} --clearsign FILE`,
    'Then write "visit sign" and all of what is in FILE.asc.',
    'With a client that encrypts and signs with that key (OX): send the lines here, and nothing else, encrypted.',
    'Or bring your exported key by the form "visit import": one step, but this server can read and sign for you then, while you visit.',
    '',
    encodeVisitStatement(statement),
    ...(copy === null ? ['', copyless] : ['', copyWords, armorMessage(copy).trimEnd()]),
  ].join('\n')
}

const homeUp =
  'Your own server answers this one: what is written to you goes there, as long as it does, and not here. You can visit all the same.'
const copyless =
  'Your own server has given no copy of your mailbox key. To be found here, bring the one that you exported there ("key export") by the form "visit import".'
const copyWords =
  'To be found here by who writes to you, also open the following with gpg --decrypt, and write "visit mailbox" and the line that comes out.'

/** @param until in words */
export function begunWords(visit: Visit, isHomeUp: boolean, until: string): string {
  return [
    `You visit as ${visit.user}, until ${until}.`,
    ...(isHomeUp ? [homeUp] : []),
    ...(visit.key
      ? [
          'This server has your key as long as that, and reads and signs for you; it is forgotten when the visit ends.',
        ]
      : []),
    leftWords(visit),
  ].join('\n')
}

/** What is left to do. */
export function leftWords({ proof, mailbox, user }: Visit): string {
  if (proof === null)
    return `To write to your contacts, one step is left: prove it with your own key. Write "visit begin ${user}", or use the form "visit import".`
  if (mailbox === null)
    return 'What you write goes out under your own address. To be found here, bring your mailbox key: "visit mailbox" and its line, or the form "visit import".'
  return 'What you write goes out under your own address, and what is written to you comes here while your own server is away. Write "visit end" when you leave.'
}

export function stateWords(visit: Visit | null): string {
  if (visit === null)
    return `${noVisit} Then you go on here under your own address while your own server is down.`
  return [`You visit as ${visit.user}, until ${minuteInWords(visit.until)}.`, leftWords(visit)].join('\n')
}

/** What a user is told at home when a visit is over, whoever it was. */
export function homeWords(user: UserAddress, { server, from }: ProvenVisit): string {
  return `The visit as ${user} at ${server}, which began on ${minuteInWords(from)}, is over: what came in there counts here, and messages come here again. If that was not you, somebody else has your key: revoke it.`
}

/** What the account is told of an end that it did not ask for; `null` where it need not be told. */
export function endWords({ user }: Visit, end: VisitEnd): string | null {
  const because: Readonly<Record<VisitEnd, string | null>> = {
    asked: null,
    replaced: null,
    expired: 'its time is over. Write "visit begin" to go on',
    'taken-over':
      'the same user has begun to visit with another account of this server. If that is not you, revoke your key',
    revoked:
      'the key or the certificate that proved it counts no more. What was not sent yet does not arrive',
    'handed-over': `${domainOf(user)} is there again and has what came in for you. Go on with your own account`,
  }
  return because[end] && `Your visit as ${user} is over: ${because[end]}.`
}
