// The families of commands that admins have at the command line, in the order in which the command line lists them.
import type { Family } from './command.js'
import { keysFamily } from './keys.js'
import { peerFamily } from './peers.js'
import { roomsFamily } from './rooms.js'
import { contextsFamily, logFamily, queueFamily, reconnectFamily, reloadFamily } from './server.js'
import { statusFamily } from './status.js'
import { userFamily } from './users.js'
import { visitsFamily } from './visits.js'
import { x509Family } from './x509.js'

/** A new family is added here, and what it does to `plugin/service-commands.ts`. */
export const adminFamilies: readonly Family[] = [
  statusFamily,
  contextsFamily,
  roomsFamily,
  queueFamily,
  peerFamily,
  keysFamily,
  userFamily,
  visitsFamily,
  x509Family,
  logFamily,
  reloadFamily,
  reconnectFamily,
]
