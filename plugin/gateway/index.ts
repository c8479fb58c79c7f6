// The gateway between users' chat messages and mail.
export { createCorrespondents, type Correspondents } from './correspondents.js'
export { startGateway } from './gateway.js'
