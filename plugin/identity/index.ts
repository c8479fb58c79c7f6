// Who the users are to the plugin: custody of keys, their certification and publication as long as the account is there.
export { parseMailboxText } from './mailbox-copy.js'
export { createPeople, type People } from './people.js'
export { type Pseudonym } from './pseudonym-record.js'
export { type Pseudonyms } from './pseudonyms.js'
export { createLocalUsers, type EnrolledUser, type LocalUsers } from './users.js'
