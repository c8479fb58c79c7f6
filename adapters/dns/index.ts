// Look-ups in DNS, over the machine's resolver or the one of the configuration.
export { createDnsLookup } from './lookup.js'
