// What stands in DNS of a server's keys: written, compared, and used at each contact (PROTO s9.5).
export { compareOctets, compareTexts, securityFinding, type Finding } from './compare.js'
export { consult, remember, type Consultation, type Witnesses } from './consultation.js'
export { activeRecord, ensureNamed, recordName } from './names.js'
export { fetchablePlaces, pluginPlace } from './places.js'
export { encodeKeyRecord, longestRecord, parseKeyRecord } from './record.js'
export { serverKeys } from './server-keys.js'
export { zoneLine, zoneOf, type ServerKeys } from './zone.js'
