// The gateway between users' chat messages and mail.
export { startGateway, type Gateway, type GatewayOptions } from './gateway.js'
