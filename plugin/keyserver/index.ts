// The key server: what the ring holds for everyone to ask, and what anybody may add to it (draft-ietf-openpgp-hkp).
export { createKeyServer } from './key-server.js'
