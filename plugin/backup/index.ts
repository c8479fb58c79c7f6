// What a backup says of itself, and what a restored server must not use again.
export { encodeManifest, parseManifest, type Manifest } from './manifest.js'
export { forgetUsedState } from './used-state.js'
