// Rooms that their owners lend to the server as contexts.
export { mostRooms } from './bounds.js'
export { createRooms, type Rooms } from './rooms.js'
