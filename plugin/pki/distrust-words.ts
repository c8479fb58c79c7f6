// Why a certificate is not trusted, in words for those who want to use it: in chat, on the command line, on the page of a
// key, in the log.
import type { RingEntry } from '../ports.js'
import type { Distrust } from './trust.js'

const ofUser: Readonly<Record<Distrust, string>> = {
  revoked: 'its owner revoked it, because it was lost, stolen or replaced',
  expired: 'the key itself has ended',
  unsigned: 'it has no valid signature of its own',
  'authority-invalid': 'the key of its server is not trusted here',
  'other-user-id': 'it is not made out to this address',
  'not-certified': 'its server has not certified it',
  'certification-ended':
    'what its server certified has ended and was not renewed, as when the account is gone',
  'certification-revoked': 'its server took back what it had certified',
  'certification-too-long': 'its server certified it for longer than 90 days, which is not accepted',
  'scope-wrong': 'its server gave it power to certify others, which is not accepted',
  suspended: 'its server shows another key than the one that is known',
}

const ofServer: Readonly<Record<Distrust, string>> = {
  ...ofUser,
  'authority-invalid': 'it is no authority of its domain',
  'other-user-id': 'it is not made out to this domain alone',
  'not-certified': 'this server has not countersigned it',
  'certification-ended': 'the countersignature of this server has ended and was not renewed',
  'certification-revoked': 'this server took its countersignature back',
  'certification-too-long': 'it is countersigned for longer than 180 days, which is not accepted',
  'scope-wrong': 'it is not countersigned for its domain alone',
  suspended: 'the server is suspended, because it shows another key, for which this one did not vouch',
}

/** Completes the sentence "The key is not trusted: …". */
export function distrustWords(kind: RingEntry['kind'], reason: Distrust): string {
  return (kind === 'server' ? ofServer : ofUser)[reason]
}
