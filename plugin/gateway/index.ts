// The gateway between users' chat messages and mail.
export { startGateway } from './gateway.js'
