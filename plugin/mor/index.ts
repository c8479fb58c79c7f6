// Multicast onion routing: cells, onions, contexts, speakers and listeners.
export {
  cellLength,
  frameLength,
  openCell,
  parseFrame,
  sealCover,
  sealOnion,
  type TaggedOnion,
} from './cell.js'
export { ensureZeros, type Contents } from './contents.js'
export { longestContents, longestRoute, shortestRoute, type Hop } from './onion.js'
export { startMor, type Mor, type MorOptions } from './network.js'
export type { Pace } from './own-context.js'
