// The in-process host: the same ports as a real one, on whatever clock it is given.
export { createMemoryNetwork, type MemoryHost, type MemoryNetwork } from './network.js'
export { createMemoryStore } from './store.js'
