// Messages from one user to another over onions: parcels, vouchers, routes, acknowledgements.
export { hopsOf } from './hops.js'
export { isId, namedIn } from './label.js'
export { ensureValidRoute, randomRoute } from './route.js'
export { createDelivery, type Delivery, type DeliveryOptions, type Letter } from './delivery.js'
export type { HandOver, Mail } from './receiver.js'
export type { TellWaiting, WaitReason } from './wait-notices.js'
