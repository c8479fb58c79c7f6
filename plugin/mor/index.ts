// Multicast onion routing: cells, onions, contexts, speakers and listeners.
export { ensureZeros, type Contents } from './contents.js'
export { tagLength } from './cell.js'
export { longestContents, longestRoute, shortestRoute, type Hop } from './onion.js'
export { epochOf, epochStart } from './epoch.js'
export { type ConductState } from './conduct.js'
export { type LentContext } from './lent.js'
export { startMor, type Mor } from './network.js'
export { forgetContextKeys, type Pace } from './own-context.js'
