// The gateway between users' chat messages and mail.
export { createCorrespondents, type Correspondents } from './correspondents.js'
export { startGateway, type Gateway } from './gateway.js'
