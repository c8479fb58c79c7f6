// Tells admins and users in chat that a server shows another key, and how that ended.
import { printFingerprint } from '../fingerprint.js'
import type { Pseudonyms } from '../identity/index.js'
import type { SuspensionChange, Suspensions } from '../pki/index.js'
import type { Counters, UserAddress, UserLink } from '../ports.js'
import type { Correspondents } from './correspondents.js'

export interface KeyAlarmOptions {
  readonly users: UserLink
  readonly admins: readonly UserAddress[]
  readonly suspensions: Suspensions
  readonly correspondents: Correspondents
  readonly pseudonyms: Pick<Pseudonyms, 'ownerOf'>
  readonly counters: Counters
}

/** Begins to tell. Who has written to people of that server, or heard from them, is told with the admins. */
export function startKeyAlarms({
  users,
  admins,
  suspensions,
  correspondents,
  pseudonyms,
  counters,
}: KeyAlarmOptions): void {
  suspensions.onChange(async change => {
    const { domain } = change.suspension
    // Once for a person, whether he wrote there under his own name or another.
    const people = correspondents.of(domain).flatMap(user => pseudonyms.ownerOf(user) ?? [])
    const others = [...new Set(people)].filter(user => !admins.includes(user))
    const told = await Promise.allSettled([
      ...admins.map(user => users.deliver({ user, contact: null, body: adminWords(change) })),
      ...others.map(user => users.deliver({ user, contact: null, body: userWords(change) })),
    ])
    const failed = told.filter(({ status }) => status === 'rejected').length
    for (let missed = 0; missed < failed; missed++) counters.count('key alarms not told')
    // Nobody is told twice because another one could not be; when nobody could be, it is tried again.
    if (told.length > 0 && failed === told.length) throw new Error('Nobody could be told of a key.')
  })
}

function userWords({ kind, how, suspension: { domain } }: SuspensionChange): string {
  if (kind === 'suspended')
    return [
      `Messages to ${domain} are stopped: that server can not prove any more that it is the same as before.`,
      'It may have been set up anew, or somebody has put himself in its place to read along. The admins of your server were told.',
      'If it is urgent, reach your contacts there in another way. You are told when this is over.',
    ].join(' ')
  if (kind === 'returned')
    return `${domain} has proved that it is the same server as before. You can write there again.`
  return `You can write to ${domain} again: it has a new key, and ${how === null ? '' : reasons[how]}.`
}

const reasons = {
  'handed-over': 'its old key vouches for that',
  approved: 'an admin of your server has checked it',
  outwaited: 'other servers have seen the same key for days',
  rejected: '',
} as const

function adminWords(change: SuspensionChange): string {
  const { domain, known, shown, place } = change.suspension
  if (change.kind !== 'suspended')
    return `${userWords(change)} Its key is ${printFingerprint(change.kind === 'returned' ? known : shown)}.`
  return [
    `ALARM: ${domain} shows another key at ${place}, and its known key does not vouch for it. It is suspended: nothing is sent there, and nothing from there is taken.`,
    `Known: ${printFingerprint(known)}`,
    `Shown: ${printFingerprint(shown)}`,
    'Ask the admin of that server which key is right, by telephone or face to face: not over this network, and not by DNS alone.',
    `If the new one is right: peers approve ${domain} ${shown}`,
    `If it is not: peers reject ${domain}. When the server shows the known key again, all goes on by itself.`,
  ].join('\n')
}
