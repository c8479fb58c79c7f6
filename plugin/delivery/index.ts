// Messages from one user to another over onions: parcels, vouchers, routes.
export { ensureValidRoute } from './route.js'
export { createDelivery, type Delivery, type Mail } from './delivery.js'
