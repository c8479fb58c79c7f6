// Visits: users of other servers, which may be down, go on here under their own addresses (PROTO s12).
export { openVisits, type Visits } from './registry.js'
export { checkProof, encodeProof, longestProof, parseProof, verifyProof, type ProvenVisit } from './proof.js'
export { encodeVisitStatement, longestVisit } from './statement.js'
export { type Visit } from './visit.js'
export { createVisiting, type Visiting } from './visiting.js'
export { watchVisits } from './watch.js'
export { homeWords } from './words.js'
