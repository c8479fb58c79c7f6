// The gateway between users' chat messages and mail.
export { startGateway, type Gateway } from './gateway.js'
