// Commands, each defined once: for users in chat, for admins in chat and on the command line.
// It imports no other feature's code, so that the command line lists the commands without loading the plugin.
export { type Command, type CommandText } from './command.js'
export { adminFamilies } from './families.js'
export { custodyCommands } from './custody.js'
export { takeFileBlock } from './file-block.js'
export { keyCommands } from './key.js'
export { keysCommands } from './keys.js'
export { peerCommands } from './peers.js'
export { routeCommands } from './route.js'
export { statusCommands } from './status.js'
export { userAdminCommands } from './users.js'
export { createCommandTable, type CommandTable } from './table.js'
export { certificateCommands, x509Commands } from './x509.js'
