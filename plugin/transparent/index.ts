// Transparent mode: contacts whom users write to at their own addresses, through onions all the same.
export { parseScope } from './rules.js'
export { createTransparent, type Transparent } from './transparent.js'
