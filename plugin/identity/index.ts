// Who the users are to the plugin: custody of keys.
export { createHostedUsers, type HostedUsers } from './hosted.js'
