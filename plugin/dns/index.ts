// What stands in DNS of a server's keys: written, compared, and used at the first contact (PROTO s9.5).
export { compareOctets, compareTexts, type Finding } from './compare.js'
export { ensureNamed, recordName } from './names.js'
export { encodeKeyRecord, longestRecord, parseKeyRecord } from './record.js'
export { serverKeys } from './server-keys.js'
export { zoneLine, zoneOf, type ServerKeys } from './zone.js'
