// Cells that this server sends to itself, which show whether servers bring on what they are given.
export { createLoops, type Loops } from './loops.js'
