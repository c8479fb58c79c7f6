// Multicast onion routing: cells, onions, contexts, speakers and listeners.
export { ensureZeros, type Contents } from './contents.js'
export { tagLength } from './cell.js'
export { longestContents, longestRoute, shortestRoute, type Hop } from './onion.js'
export { epochOf, epochStart } from './epoch.js'
export { type ConductState } from './conduct.js'
export { startMor, type Mor } from './network.js'
export { forgetContextKeys } from './own-context.js'
