// Contacts are shown as there in users' contact lists, also after the plugin was away.
export { createPresence, type Presence } from './presence.js'
