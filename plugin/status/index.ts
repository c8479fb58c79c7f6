// How the plugin is: what waits, what arrives, whom it hears; in words, as JSON, and for a monitoring system.
export { createMetrics } from './metrics.js'
export { createStatus, type Status, type StatusReport } from './report.js'
export { statusWords } from './words.js'
