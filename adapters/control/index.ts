// The control socket: what the command line says to the running plugin.
export { askControl, askProbe, askSnapshot } from './client.js'
export { startControl } from './server.js'
